# Runs the installer as systemd does in a live system that installs by itself, in the
# caller's own mount namespace.
# $1: folder with etc (what the live system has more in /etc), cmdline and units
# $2: the installer
set -e
mkdir "$1/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$1/etc,workdir=$1/work" /etc
mount -t tmpfs tmpfs /run
mount --bind "$1/cmdline" /proc/cmdline
"$2" generator "$1/units"
test -e /run/nestos-installer-reboot
exec "$2" service
