# Runs as prerm and %preun. On an upgrade nothing is stopped: `chef-backend-ctl upgrade` does that.
case "$1" in
  remove | 0) for sv in /opt/chef-backend/sv/*; do sv -w 60 force-stop "$sv"; rm -f "/service/${sv##*/}"; done ;;
esac
[ ! -x /etc/lab/preun ] || /etc/lab/preun
