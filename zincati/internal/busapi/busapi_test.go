package busapi_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/internal/busapi"
)

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

// agent is a handler that counts.
type agent struct {
	refresh          atomic.Int64
	checks, finalize atomic.Int32
}

func (a *agent) LastRefresh() time.Time {
	if s := a.refresh.Load(); s != 0 {
		return time.Unix(s, 999)
	}
	return time.Time{}
}
func (a *agent) CheckNow()    { a.checks.Add(1) }
func (a *agent) FinalizeNow() { a.finalize.Add(1) }

// serve offers an agent until stop is called, at the end of the test at the latest.
func serve(t *testing.T, address string, h busapi.Handler) (log *testutil.Log, stop func()) {
	t.Helper()
	log = &testutil.Log{}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		busapi.Serve(ctx, address, h, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case <-done:
		case <-time.After(2 * time.Minute):
			t.Error("Serve does not end with its context")
		}
	})
	t.Cleanup(stop)
	return log, stop
}

// up waits until an agent answers.
func up(t *testing.T, address string) {
	t.Helper()
	eventually(t, "the agent is on the bus", func() bool {
		_, err := busapi.Moo(t.Context(), address, false)
		return err == nil
	})
}

func TestMethods(t *testing.T) {
	b := testutil.StartBus(t, nil)
	a := &agent{}
	serve(t, b.Address(), a)
	up(t, b.Address())
	for talkative, want := range map[bool]string{false: "moo.", true: "Moooo mooo moooo!"} {
		if got, err := busapi.Moo(t.Context(), b.Address(), talkative); got != want || err != nil {
			t.Errorf("Moo(%v): %q, %v", talkative, got, err)
		}
	}
	for _, want := range []int64{0, 1795781004} {
		a.refresh.Store(want)
		if got, err := busapi.LastRefreshTime(t.Context(), b.Address()); got != want || err != nil {
			t.Errorf("LastRefreshTime: %d, %v, want %d", got, err, want)
		}
	}
	if err := busapi.CheckUpdate(t.Context(), b.Address()); err != nil || a.checks.Load() != 1 || a.finalize.Load() != 0 {
		t.Errorf("CheckUpdate: %v, %d checks, %d finalizations", err, a.checks.Load(), a.finalize.Load())
	}
	if err := busapi.Finalize(t.Context(), b.Address()); err != nil || a.checks.Load() != 1 || a.finalize.Load() != 1 {
		t.Errorf("Finalize: %v, %d checks, %d finalizations", err, a.checks.Load(), a.finalize.Load())
	}
}

// client is a plain connection to the bus.
func client(t *testing.T, b *testutil.Bus) *dbus.Conn {
	t.Helper()
	c, err := dbus.Connect(b.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

var control = regexp.MustCompile(`(?s)\n *<interface name="org\.coreos\.zincati\.Control1">.*?</interface>`)

// The files are what zincati 0.0.32 answers, without comments.
func TestIntrospection(t *testing.T) {
	b := testutil.StartBus(t, nil)
	serve(t, b.Address(), &agent{})
	up(t, b.Address())
	c := client(t, b)
	for path, file := range map[dbus.ObjectPath]string{
		"/": "root", "/org": "org", "/org/coreos": "orgcoreos", "/org/coreos/zincati": "orgcoreoszincati",
	} {
		want, err := os.ReadFile("testdata/zincati-0.0.32-" + file + ".xml")
		if err != nil {
			t.Fatal(err)
		}
		var got string
		if err := c.Object(busapi.Name, path).Call("org.freedesktop.DBus.Introspectable.Introspect", 0).Store(&got); err != nil {
			t.Fatal(err)
		}
		if n := len(control.FindAllString(got, -1)); n != 1 {
			t.Errorf("%s: %d times the interface Control1", path, n)
		}
		if got = control.ReplaceAllString(got, ""); strings.TrimSpace(got) != strings.TrimSpace(string(want)) {
			t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
		}
	}
}

func TestErrorReplies(t *testing.T) {
	b := testutil.StartBus(t, nil)
	serve(t, b.Address(), &agent{})
	up(t, b.Address())
	c := client(t, b)
	const object = "/org/coreos/zincati"
	for _, call := range []struct {
		path   dbus.ObjectPath
		method string
		args   []any
		want   string
	}{
		{object, busapi.Experimental + ".Moo", []any{"x"}, "InvalidArgs: Signature mismatch: got `s`, expected `b`"},
		{object, busapi.Experimental + ".Moo", []any{int32(1)}, "InvalidArgs: Signature mismatch: got `i`, expected `b`"},
		{object, busapi.Experimental + ".Moo", []any{dbus.MakeVariant(true)}, "InvalidArgs: Signature mismatch: got `v`, expected `b`"},
		{object, busapi.Experimental + ".Moo", []any{true, true}, "InvalidArgs: Signature mismatch: got `bb`, expected `b`"},
		{object, busapi.Experimental + ".Moo", nil, "InvalidArgs: Signature mismatch: got ``, expected `b`"},
		{object, busapi.Experimental + ".LastRefreshTime", []any{"x"}, "InvalidArgs: Signature mismatch: got `s`, expected ``"},
		{object, busapi.Control + ".Finalize", []any{true}, "InvalidArgs: Signature mismatch: got `b`, expected ``"},
		{object, busapi.Experimental + ".Foo", nil, "UnknownMethod: Unknown method 'Foo'"},
		{object, "org.coreos.zincati.Foo.Foo", nil, "UnknownInterface: Unknown interface 'org.coreos.zincati.Foo'"},
		{"/org/coreos", busapi.Experimental + ".Moo", []any{true}, "UnknownInterface: Unknown interface 'org.coreos.zincati.Experimental'"},
		{"/org/coreos/foo", busapi.Experimental + ".Moo", []any{true}, "UnknownObject: Unknown object '/org/coreos/foo'"},
		{object, "org.freedesktop.DBus.Peer.Foo", nil, "UnknownMethod: Unknown method 'Foo'"},
		{object, "org.freedesktop.DBus.Properties.GetAll", []any{"org.foo"}, "UnknownInterface: Unknown interface 'org.foo'"},
		{object, "org.freedesktop.DBus.Properties.Get", []any{busapi.Experimental, "x"}, "UnknownProperty: Unknown property 'x'"},
		{object, "org.freedesktop.DBus.Properties.Set", []any{busapi.Experimental, "x", dbus.MakeVariant("y")}, "UnknownProperty: Unknown property 'x'"},
	} {
		err := c.Object(busapi.Name, call.path).Call(call.method, 0, call.args...).Err
		reply, ok := errors.AsType[dbus.Error](err)
		if !ok || len(reply.Body) != 1 || fmt.Sprintf("%s: %s", reply.Name, reply.Body[0]) != "org.freedesktop.DBus.Error."+call.want {
			t.Errorf("%s %s %v: got %#v, want %s", call.path, call.method, call.args, err, call.want)
		}
	}
}

func TestStandardInterfaces(t *testing.T) {
	b := testutil.StartBus(t, nil)
	serve(t, b.Address(), &agent{})
	up(t, b.Address())
	c := client(t, b)
	for _, path := range []dbus.ObjectPath{"/", "/org/coreos/zincati"} {
		o := c.Object(busapi.Name, path)
		if err := o.Call("org.freedesktop.DBus.Peer.Ping", 0).Err; err != nil {
			t.Errorf("%s: Ping: %v", path, err)
		}
		var id string
		want, err := os.ReadFile("/var/lib/dbus/machine-id")
		if err != nil {
			want, err = os.ReadFile("/etc/machine-id")
		}
		if err == nil {
			if err := o.Call("org.freedesktop.DBus.Peer.GetMachineId", 0).Store(&id); err != nil || id != strings.TrimSpace(string(want)) {
				t.Errorf("%s: GetMachineId: %q, %v, want %q", path, id, err, want)
			}
		}
		var all map[string]dbus.Variant
		if err := o.Call("org.freedesktop.DBus.Properties.GetAll", 0, "org.freedesktop.DBus.Peer").Store(&all); err != nil || len(all) > 0 {
			t.Errorf("%s: GetAll: %v, %v", path, all, err)
		}
	}
}

// The name of the interface is optional in a call.
func TestCallWithoutInterface(t *testing.T) {
	b := testutil.StartBus(t, nil)
	serve(t, b.Address(), &agent{})
	up(t, b.Address())
	c := client(t, b)
	msg := &dbus.Message{Type: dbus.TypeMethodCall, Headers: map[dbus.HeaderField]dbus.Variant{
		dbus.FieldDestination: dbus.MakeVariant(busapi.Name),
		dbus.FieldPath:        dbus.MakeVariant(dbus.ObjectPath(busapi.Path)),
		dbus.FieldMember:      dbus.MakeVariant("Moo"),
		dbus.FieldSignature:   dbus.MakeVariant(dbus.SignatureOf(true)),
	}, Body: []any{true}}
	call := <-c.Send(msg, make(chan *dbus.Call, 1)).Done
	var got string
	if err := call.Store(&got); err != nil || got != "Moooo mooo moooo!" {
		t.Errorf("got %q, %v", got, err)
	}
}

func owner(t *testing.T, c *dbus.Conn) string {
	t.Helper()
	var name string
	if err := c.BusObject().Call("org.freedesktop.DBus.GetNameOwner", 0, busapi.Name).Store(&name); err != nil {
		return ""
	}
	return name
}

func TestNewInstanceTakesOver(t *testing.T) {
	b := testutil.StartBus(t, nil)
	c := client(t, b)
	serve(t, b.Address(), &agent{})
	up(t, b.Address())
	first := owner(t, c)
	next := &agent{}
	_, stop := serve(t, b.Address(), next)
	eventually(t, "the second instance owns the name", func() bool { return owner(t, c) != first })
	if err := busapi.CheckUpdate(t.Context(), b.Address()); err != nil || next.checks.Load() != 1 {
		t.Errorf("the second instance was not called: %v", err)
	}
	stop()
	eventually(t, "the first instance has the name again", func() bool { return owner(t, c) == first })
	up(t, b.Address())
}

// Somebody else's claim that cannot be replaced is waited for.
func TestForeignOwner(t *testing.T) {
	b := testutil.StartBus(t, nil)
	c := client(t, b)
	if _, err := c.RequestName(busapi.Name, 0); err != nil {
		t.Fatal(err)
	}
	log, _ := serve(t, b.Address(), &agent{})
	eventually(t, "a warning", func() bool { return strings.Contains(log.String(), "level=WARN") })
	if _, err := c.ReleaseName(busapi.Name); err != nil {
		t.Fatal(err)
	}
	up(t, b.Address())
}

func TestBusGoesAway(t *testing.T) {
	b := testutil.StartBus(t, nil)
	log, _ := serve(t, b.Address(), &agent{})
	up(t, b.Address())
	b.Stop()
	eventually(t, "the loss is logged", func() bool { return strings.Contains(log.String(), "level=ERROR") })
	b.Restart(t)
	up(t, b.Address())
	eventually(t, "the return is logged", func() bool { return strings.Contains(log.String(), "level=INFO") })
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
		t.Errorf("%d errors:\n%s", n, log)
	}
}

func TestNoBus(t *testing.T) {
	address := "unix:path=" + filepath.Join(t.TempDir(), "none")
	log, stop := serve(t, address, &agent{})
	eventually(t, "the failure is logged", func() bool { return log.String() != "" })
	stop()
	want := "failed to start D-Bus service actor: Failed to connect to address `" + address + "`: No such file or directory (os error 2)"
	if !strings.Contains(log.String(), want) || !strings.Contains(log.String(), "target=zincati::dbus") {
		t.Errorf("log is %s", log)
	}
	_, err := busapi.Moo(t.Context(), address, false)
	if err == nil || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Moo: %v", err)
	}
}

func TestNoAgent(t *testing.T) {
	b := testutil.StartBus(t, nil)
	_, err := busapi.LastRefreshTime(t.Context(), b.Address())
	// As zincati 0.0.32 reports it.
	want := "org.freedesktop.DBus.Error.ServiceUnknown: The name org.coreos.zincati was not provided by any .service files"
	if reply, ok := errors.AsType[*busapi.Error](err); !ok || reply.Error() != want {
		t.Errorf("error is %v", err)
	}
}

func TestAddresses(t *testing.T) {
	b := testutil.StartBus(t, nil)
	serve(t, b.Address(), &agent{})
	up(t, b.Address())
	escaped := strings.ReplaceAll(b.Address(), "/", "%2f")
	for _, address := range []string{
		escaped, b.Address() + ",guid=0123456789abcdef0123456789abcdef", "unix:path=/nowhere;" + b.Address(), "tcp:host=localhost,port=1;" + b.Address(), ";" + b.Address() + ";",
	} {
		if _, err := busapi.Moo(t.Context(), address, false); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"", ";", "unix", "unix:", "unix:path=", "unix:path=%zz", "unix:tmpdir=/tmp", "tcp:host=localhost,port=1", "autolaunch:", "unixexec:path=/bin/true"} {
		if _, err := busapi.Moo(t.Context(), address, false); err == nil {
			t.Errorf("%q: no error", address)
		}
	}
}

// A bus that accepts connections and says nothing must not hang a client whose context ends, nor the agent.
func TestSilentBus(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if _, err := busapi.Moo(ctx, "unix:path="+socket, false); err == nil {
		t.Error("no error")
	}
	_, stop := serve(t, "unix:path="+socket, &agent{})
	time.Sleep(100 * time.Millisecond)
	stop()
	if d := time.Since(begin); d > time.Minute {
		t.Errorf("took %v", d)
	}
}

func TestManyCallers(t *testing.T) {
	b := testutil.StartBus(t, nil)
	a := &agent{}
	serve(t, b.Address(), a)
	up(t, b.Address())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 25 {
				if err := busapi.CheckUpdate(context.Background(), b.Address()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := a.checks.Load(); n != 200 {
		t.Errorf("%d calls arrived", n)
	}
}
