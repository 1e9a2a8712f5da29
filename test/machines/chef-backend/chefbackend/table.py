"""Tables as the vendor's tool prints them; the last column is not padded."""


def lay_out(rows):
    """Two blanks between columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    line = lambda row: "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
    return "".join(f"{line(row)}\n" for row in rows)


def lay_out_fixed(rows, widths):
    """Columns of fixed widths: a cell that fills its column is followed by one blank."""
    cell = lambda text, width: text.ljust(width) if len(text) < width else f"{text} "
    return "".join("".join(cell(*each) for each in zip(row, widths)) + row[-1] + "\n" for row in rows)


def duration(seconds):
    """`1d 5h 59m 41s`"""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours // 24}d {hours % 24}h {minute}m {second}s"
