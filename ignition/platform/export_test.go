package platform

import (
	"context"
	"net"
	"os"

	"github.com/nestos-dev/nestos/ignition/platform/internal/guestprop"
)

// Seams are the parts of the machine that tests replace; nil parts stay.
type Seams struct {
	Arch        string
	Mount       func(source, target, fstype string) error
	Unmount     func(target string) error
	DriveStatus func(device string) (int, error)
	Interfaces  []Interface
	Vsock       func(ctx context.Context, cid, port uint32) (net.Conn, error)
	Properties  func(device string) (guestprop.Device, error)
	Pairs       func(device string) (*os.File, error)
	VMware      func() (bool, error)
	RPC         func(command string) (string, bool, error)
}

// Interface is a network interface.
type Interface struct {
	Index              int
	Name               string
	Up, Loopback, IPv6 bool
}

// SetSeams replaces parts of the machine.
func (o *Options) SetSeams(s Seams) {
	o.seams = seams{
		arch: s.Arch, mount: s.Mount, unmount: s.Unmount, driveStatus: s.DriveStatus, vsock: s.Vsock,
		properties: s.Properties, pairs: s.Pairs, vmware: s.VMware, rpc: s.RPC,
	}
	if s.Interfaces != nil {
		o.seams.interfaces = func() ([]netInterface, error) {
			var list []netInterface
			for _, i := range s.Interfaces {
				list = append(list, netInterface{i.Index, i.Name, i.Up, i.Loopback, i.IPv6})
			}
			return list, nil
		}
	}
}

// ReadPadded and LeaseServer are tested by themselves.
var (
	ReadPadded  = readPadded
	LeaseServer = leaseServer
	DialVsock   = dialVsock
	Interfaces  = interfaces
)
