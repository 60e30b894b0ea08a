// Package systemdbus asks systemd for devices: starting a device unit waits until the
// device is there and the device manager is done with it.
//
// It talks to systemd's own socket, because in an initramfs there is no message bus.
// systemd tells everybody there which jobs have ended, without being asked to.
package systemdbus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/coreos/go-systemd/v22/unit"
	"github.com/godbus/dbus/v5"
)

// PrivateSocket is where systemd listens.
const PrivateSocket = "/run/systemd/private"

const (
	service = "org.freedesktop.systemd1"
	object  = "/org/freedesktop/systemd1"
	manager = "org.freedesktop.systemd1.Manager"
)

// Devices waits for devices by their units. The zero value is ready.
type Devices struct {
	// Socket is the path of systemd's socket; empty is [PrivateSocket].
	Socket string
}

// UnitName is the name of a device's unit: /dev/disk/by-label/a-b is
// dev-disk-by\x2dlabel-a\x2db.device.
func UnitName(device string) string { return unit.UnitNamePathEscape(device) + ".device" }

// Wait starts the units of all devices and waits until the jobs have ended.
// A result other than "done" (systemd gives a device 90 seconds, then it is
// "timeout") is an error: device unit NAME RESULT.
func (d *Devices) Wait(ctx context.Context, devices []string) error {
	conn, err := d.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	// Before the first job: it may end before the call that starts it returns.
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	jobs := make(map[dbus.ObjectPath]string)
	started := make(map[string]bool)
	var order []dbus.ObjectPath
	for _, dev := range devices {
		name := UnitName(dev)
		if started[name] {
			continue
		}
		started[name] = true
		var job dbus.ObjectPath
		if err := conn.Object(service, object).CallWithContext(ctx, manager+".StartUnit", 0, name, "replace").Store(&job); err != nil {
			return fmt.Errorf("failed starting device unit %s: %w", name, err)
		}
		if _, ok := jobs[job]; !ok {
			order = append(order, job)
		}
		jobs[job] = name
	}
	return await(ctx, conn, signals, jobs, order)
}

// await waits for all jobs, so that the failure that is reported is the first in the
// order of the devices.
func await(ctx context.Context, conn *dbus.Conn, signals <-chan *dbus.Signal, jobs map[dbus.ObjectPath]string, order []dbus.ObjectPath) error {
	results := make(map[dbus.ObjectPath]string)
	for left := len(order); left > 0; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-conn.Context().Done():
			return errors.New("systemd closed the connection")
		case s, ok := <-signals:
			if !ok {
				return errors.New("systemd closed the connection")
			}
			job, result, ok := removed(s)
			if _, ours := jobs[job]; !ok || !ours || results[job] != "" {
				continue
			}
			results[job] = cmp.Or(result, "failed")
			left--
		}
	}
	for _, job := range order {
		if results[job] != "done" {
			return fmt.Errorf("device unit %s %s", jobs[job], results[job])
		}
	}
	return nil
}

// removed reads the signal JobRemoved(id, job, unit, result).
func removed(s *dbus.Signal) (job dbus.ObjectPath, result string, ok bool) {
	if s.Name != manager+".JobRemoved" || len(s.Body) < 4 {
		return "", "", false
	}
	job, ok = s.Body[1].(dbus.ObjectPath)
	if ok {
		result, ok = s.Body[3].(string)
	}
	return job, result, ok
}

// dial connects; on this socket nobody says hello.
func (d *Devices) dial(ctx context.Context) (*dbus.Conn, error) {
	conn, err := dbus.Dial("unix:path="+dbus.EscapeBusAddressValue(cmp.Or(d.Socket, PrivateSocket)), dbus.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	if err := conn.Auth([]dbus.Auth{dbus.AuthExternal(strconv.Itoa(os.Getuid()))}); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}
