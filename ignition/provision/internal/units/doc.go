// Package units writes systemd units with their drop-ins, masks and unmasks them,
// and says in a preset file which are enabled and disabled when the machine boots
// for the first time.
package units
