// Package systemd holds the files that an installation of the update agent needs besides the program: its unit, user,
// directories, policies, default settings and the script zincati-update-now, and example units for the two servers.
//
// [Files] lists them, [Write] puts them into the root directory of an installation:
//
//	/usr/lib/systemd/system/zincati.service            the agent
//	/usr/lib/sysusers.d, /usr/lib/tmpfiles.d           its user, its directories in /run
//	/usr/share/polkit-1                                what that user may do
//	/usr/share/dbus-1/system.d                         who may talk to it
//	/usr/lib/zincati/config.d                          default settings
//	/usr/bin/zincati-update-now
//	/usr/lib/systemd/system/cincinnati.service         a graph server
//	/usr/lib/systemd/system/fleetlock.{service,socket} a lock server
//
// The program itself belongs to /usr/libexec/zincati. Nothing is enabled by writing the files.
package systemd
