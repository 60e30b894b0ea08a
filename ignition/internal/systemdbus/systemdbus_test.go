package systemdbus_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/ignition/internal/systemdbus"
	"github.com/nestos-dev/nestos/ignition/internal/systemdbus/systemdbustest"
)

func serve(t *testing.T, s *systemdbustest.Server) *systemdbus.Devices {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "private")
	s.Serve(t, socket)
	return &systemdbus.Devices{Socket: socket}
}

func TestWaitStartsEachUnitOnce(t *testing.T) {
	for _, early := range []bool{false, true} {
		s := &systemdbustest.Server{Early: early}
		d := serve(t, s)
		if err := d.Wait(t.Context(), []string{"/dev/vda", "/dev/disk/by-label/a-b c", "/dev/vda"}); err != nil {
			t.Fatal(err)
		}
		want := []string{"dev-vda.device replace", `dev-disk-by\x2dlabel-a\x2db\x20c.device replace`}
		if got := s.Started(); !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
	}
}

func TestWaitForNothing(t *testing.T) {
	if err := serve(t, &systemdbustest.Server{}).Wait(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestWaitReportsTheFirstFailure(t *testing.T) {
	d := serve(t, &systemdbustest.Server{Result: func(unit string) string {
		if unit == "dev-vda.device" {
			return "done"
		}
		return "timeout"
	}})
	err := d.Wait(t.Context(), []string{"/dev/vda", "/dev/vdb", "/dev/vdc"})
	if err == nil || err.Error() != "device unit dev-vdb.device timeout" {
		t.Errorf("%v", err)
	}
}

func TestWaitReportsRefusal(t *testing.T) {
	d := serve(t, &systemdbustest.Server{Result: func(string) string { return "" }})
	err := d.Wait(t.Context(), []string{"/dev/vda"})
	if err == nil || !strings.HasPrefix(err.Error(), "failed starting device unit dev-vda.device: ") {
		t.Errorf("%v", err)
	}
}

func TestWaitEndsWithTheContextAndTheConnection(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := serve(t, &systemdbustest.Server{Silent: true}).Wait(ctx, []string{"/dev/vda"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("silent: %v", err)
	}
	if err := serve(t, &systemdbustest.Server{HangUp: true}).Wait(t.Context(), []string{"/dev/vda"}); err == nil {
		t.Error("no error when systemd hung up")
	}
	if err := (&systemdbus.Devices{Socket: filepath.Join(t.TempDir(), "none")}).Wait(t.Context(), nil); err == nil {
		t.Error("no error without systemd")
	}
}

func TestUnitName(t *testing.T) {
	for in, want := range map[string]string{
		"/dev/md/x":            "dev-md-x.device",
		"/dev//sda1/":          "dev-sda1.device",
		"/dev/disk/by-label/ü": `dev-disk-by\x2dlabel-\xc3\xbc.device`,
	} {
		if got := systemdbus.UnitName(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}
