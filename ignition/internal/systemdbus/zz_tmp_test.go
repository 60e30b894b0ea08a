package systemdbus_test

import (
	"os"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/ignition/internal/systemdbus/systemdbustest"
)

func TestServeForever(t *testing.T) {
	p := os.Getenv("FAKEBUS")
	if p == "" {
		t.Skip()
	}
	s := &systemdbustest.Server{}
	s.Serve(t, p)
	time.Sleep(10 * time.Minute)
}
