// Package identity finds out who this machine is to an update server: its architecture, platform, group and stream, the
// release that it runs, and an id that does not give the machine id away.
//
//	id, err := identity.New(ctx, driver.NewCLI(nil), &identity.Options{Group: "workers"})
//	params := id.Params("https://updates.example.com/")   // of a graph request
//	vars := id.URLVars()                                    // for URL templates
//
// # Where things come from
//
//	basearch    the architecture of this program, in the names of RPM: x86_64, aarch64, …
//	booted      the deployment that runs, of a [driver.Driver]
//	node id     /etc/machine-id, see [NodeID]
//	platform    ignition.platform.id=… in /proc/cmdline, see [ParsePlatform]
//	stream      the metadata of the booted deployment
//	group       the configuration, else "default"
//	wariness    the configuration, else none
//
// They are found and checked in this order, which decides what a broken system complains of first. Everything that is
// derived must be there, even if the configuration replaces it. The configuration is that of [Options]. Files are read
// below Options.Root and nowhere else.
//
// # Errors and limits
//
// Whatever is missing or malformed is an error of [New], with the texts of zincati 0.0.32, whose rules these are: an
// agent that does not know who it is does not ask. Platforms are not guessed from the hardware, and the machine id
// itself is never sent: the node id is derived from it as sd_id128_get_machine_app_specific(3) does. An [Identity] is
// plain data, of the moment at which it was made; the functions keep nothing and may be called at the same time.
package identity
