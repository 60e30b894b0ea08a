package disks

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/ignition/internal/systemdbus"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
	"github.com/nestos-dev/nestos/ignition/provision/internal/state"
	"github.com/nestos-dev/nestos/internal/run"
)

func TestOurs(t *testing.T) {
	if os.Getenv("OURS") == "" {
		t.Skip()
	}
	b, _ := os.ReadFile(os.Getenv("OURS"))
	cfg := new(types.Config)
	if err := json.Unmarshal(b, cfg); err != nil {
		t.Fatal(err)
	}
	out, _ := os.Create(os.Getenv("OURS") + ".log")
	h := &host.Host{Root: "/dev/shm/sbs/root", Log: oplog.New(slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug}))).With("disks"), Run: new(run.Exec),
		Fetcher: &lab{}, Devices: &systemdbus.Devices{}, State: new(state.State), Settings: host.DefaultSettings()}
	err := Disks(t.Context(), h, cfg)
	s, _ := json.Marshal(h.State)
	fmt.Fprintln(out, "RESULT", err)
	fmt.Fprintln(out, "STATE", string(s))
	_ = strings.TrimSpace
}
