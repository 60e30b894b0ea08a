// Package afterburn asks the cloud that a machine runs in for facts about it, and writes them where the system looks
// for them: hostname, SSH keys, attributes, network set-up, the report that the machine is up.
//
// [Run] is the main job: one provider, any number of outputs. [New] gives the [Provider] alone, for programs that do
// something else with what it knows.
//
//	err := afterburn.Run(ctx, afterburn.Work{
//		Provider:    "aws",
//		Attributes:  "/run/metadata/afterburn",
//		SSHKeysUser: "core",
//	}, nil)
//
// # Anatomy
//
//	kernel command line ── PlatformID ──▶ id ── New ──▶ Provider
//	                                                      │ asked for at the same time, each document once
//	   service on a link-local address ── HTTP ───────────┤
//	   config drive ── ISO 9660, FAT (no mount) ──────────┤
//	   hypervisor ── VMware's channel ────────────────────┤
//	                                                      ▼
//	AttributeSource ─▶ AFTERBURN_AWS_REGION=…       a file for systemd's EnvironmentFile=
//	KeySource       ─▶ ~USER/.ssh/authorized_keys.d/afterburn, written with the rights of USER
//	HostnameSource  ─▶ /etc/hostname of the new system
//	NetworkSource   ─▶ units of systemd-networkd, keyfiles of NetworkManager
//	NetplanSource   ─▶ 50-afterburn.yaml
//	KargsSource     ─▶ ip=… for dracut ([NetworkKargs])
//	AdminSource     ─▶ fragments of an Ignition config ([RenderIgnition])
//	CheckInSource   ─▶ the cloud knows that the machine is up
//
// The ids are those that Ignition knows the platforms by; [Providers] lists them.
//
// # Guarantees
//
//   - Requests, files and texts are those of Afterburn 5.10 and 5.11, the program that Fedora CoreOS and its kin use,
//     except where its users suffer from it: documents are fetched in parallel and once, a token that is refused is
//     not asked for again, drives are read without being mounted, a reply that cannot be decoded is not asked for ten
//     times more.
//   - Files are replaced as a whole, and flushed to the disk before: an error, or a loss of power, leaves what was
//     there before. (A file on which another one is mounted, as in containers, cannot be replaced and is written in
//     place.)
//   - Who answers is not trusted beyond what the provider is for: replies are bounded in size and time, redirects stay
//     on the host, no proxy is used, names that become files are checked, an attribute cannot become a second variable.
//   - Who owns the directories that are written to cannot lead a privileged program out of them.
//
// # What it needs
//
// The rights of whoever owns the files: root on a machine, nobody in particular for files of one's own, or for a
// Provider alone. Keys of another user need root and Linux; the rest works wherever Go does, drives and hypervisors of
// the platform excepted. Replies are kept in memory; a request has 30 seconds, all of them the time of the context.
// Functions and methods may be called by several goroutines.
//
// # Packages
//
// Packages [github.com/nestos-dev/nestos/afterburn/sshkeys] and [github.com/nestos-dev/nestos/afterburn/netconf] hold
// keys and networks, [github.com/nestos-dev/nestos/afterburn/fakecloud] plays the services for tests,
// [github.com/nestos-dev/nestos/afterburn/command] is the program.
//
// # Not done
//
// Platforms are not guessed (from DMI, drives or addresses): the kernel command line says where the machine runs. There
// are no attributes that change while the machine runs, and no daemon.
package afterburn
