// Package identity finds out who this machine is to an update server: its architecture, platform, group and stream, the
// release that it runs, and an id that does not give the machine id away.
//
//	id, err := identity.New(ctx, "/", group, nodeUUID, wariness, driver.NewCLI(driver.Options{}), nil)
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
// derived must be there, even if the configuration replaces it. Files are read below a root directory and nowhere
// else.
package identity
