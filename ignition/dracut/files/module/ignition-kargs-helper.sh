#!/bin/sh
# Called as: ignition-kargs-helper [--should-exist ARG]... [--should-not-exist ARG]...
# A distribution that can change kernel arguments replaces this program by one
# that does, and that reboots when something changed.
echo "This Linux distribution does not support changing kernel arguments with Ignition." >&2
echo "It would have to provide its own ignition-kargs-helper." >&2
exit 1
