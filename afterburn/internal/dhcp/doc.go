// Package dhcp finds what the DHCP server of a network said, by asking who holds the lease:
// NetworkManager or systemd-networkd.
//
//	c := &dhcp.Client{}
//	address, err := c.Lookup(ctx, dhcp.ServerID)
//
// # Where it looks
//
// A round asks NetworkManager on the system bus for its active connections, for the
// DHCP configuration of each, and for the options in that; then it reads the files that
// systemd-networkd keeps of its leases, /run/systemd/netif/leases/<index>, for every network
// interface. The first answer wins. NetworkManager is not started by being asked.
//
//	option           NetworkManager           networkd
//	ServerID         dhcp_server_identifier   SERVER_ADDRESS
//	AzureWireServer  private_245              OPTION_245
//
// # How long it waits
//
// Afterburn repeats the round 60 times, 50, 100, 200, 400 and then 500 ms apart, which is
// 28.75 s if there is no answer. So does a [Client], but for three cases in which
// waiting is of no use:
//
//   - There is nobody to ask: no socket of the system bus, and no /run/systemd/netif. Both are
//     there before services of the network are started. After 2 s of waiting the result is
//     [ErrNoSource].
//   - The lease does not have the option: somebody holds a lease, and everybody who is there
//     says that the set-up of interfaces is over, for three rounds in a row. NetworkManager says so by
//     its property Startup, networkd by the states of its links; links without carrier
//     do not count. The result is [ErrNotOffered].
//   - The context ends.
//
// A service that is there and does not answer costs 2 s a round, and all rounds together
// never take longer than 40 s.
//
// # What it returns
//
// An answer is the text of the lease, up to 1024 bytes of UTF-8 without control
// characters. Other values are not an answer. A DHCP server may be anybody: who uses the text
// must parse it.
package dhcp
