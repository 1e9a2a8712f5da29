import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/**
 * First lines of all refusals in a folder's sources, as `what [code]`.
 * @throws Error for one whose first line is not constant text.
 */
export function refusalTitles(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  return [...new Set(files.flatMap((name) => titlesOf(readFileSync(join(folder, name), "utf8"))))];
}

function titlesOf(text: string): string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      const [whats, codes] = [literals(node, "what"), literals(node, "code")];
      titles.push(...whats.flatMap((what) => codes.map((code) => `${what} [${code}]`)));
      if (isRefused(node) && (whats.length === 0 || codes.length === 0))
        throw new Error(`its first line is not constant: ${node.getText()}`);
    }
    ts.forEachChild(node, visit);
  };
  // Parents are set: a code that is a parameter has its values in the parameter's type.
  visit(ts.createSourceFile("it.ts", text, ts.ScriptTarget.Latest, true));
  return titles;
}

/** What `refuse` is called with; a spread may bring what and code from elsewhere. */
function isRefused(node: ts.ObjectLiteralExpression): boolean {
  const { parent } = node;
  return (
    ts.isCallExpression(parent) &&
    parent.expression.getText() === "refuse" &&
    !node.properties.some(ts.isSpreadAssignment)
  );
}

/** The texts that a property of an object may have; none where it has no such property. */
function literals(object: ts.ObjectLiteralExpression, name: string): string[] {
  const property = object.properties.find((each) => each.name?.getText() === name);
  if (!property) return [];
  if (ts.isPropertyAssignment(property)) return textsIn(property.initializer);
  return ts.isShorthandPropertyAssignment(property) ? ofParameter(property, name) : [];
}

/** `"a"`, and both branches of `question ? "a" : "b"`. */
function textsIn(node: ts.Expression): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  return ts.isConditionalExpression(node) ? [node.whenTrue, node.whenFalse].flatMap(textsIn) : [];
}

function ofParameter(node: ts.Node, name: string): string[] {
  for (let at: ts.Node | undefined = node; at; at = at.parent) {
    if (!ts.isFunctionLike(at)) continue;
    const type = at.parameters.find((each) => each.name.getText() === name)?.type;
    const types = type && ts.isUnionTypeNode(type) ? [...type.types] : type ? [type] : [];
    const texts = types.flatMap((each) =>
      ts.isLiteralTypeNode(each) && ts.isStringLiteral(each.literal) ? [each.literal.text] : [],
    );
    if (texts.length > 0) return texts;
  }
  return [];
}
