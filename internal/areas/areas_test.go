package areas_test

import (
	"bufio"
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/nestos-dev/nestos/"

// imports returns what each package of the module imports by itself, without its tests.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	list := map[string][]string{}
	for line := range lines(t, "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "../../...") {
		words := strings.Fields(line)
		list[words[0]] = words[1:]
	}
	return list
}

func lines(t *testing.T, args ...string) func(func(string) bool) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	s := bufio.NewScanner(bytes.NewReader(out))
	s.Buffer(nil, 1<<20)
	return func(yield func(string) bool) {
		for s.Scan() && yield(s.Text()) {
		}
	}
}

// area is the part of the module that a package belongs to; empty for other modules.
func area(pkg string) string {
	name, ok := strings.CutPrefix(pkg, module)
	if !ok {
		return ""
	}
	name, _, _ = strings.Cut(name, "/")
	return name
}

// allowed are the imports from one area to another. An empty package stands for all of them.
var allowed = []struct{ from, to, only string }{
	{"rpmostree", "ostree", ""},
	{"zincati", "rpmostree", "zincati/driver/native"},
	{"zincati", "ostree", "zincati/driver/native"},
	{"installer", "ostree", "installer/signature"},
	{"installer", "ignition", "installer/customize"},
}

func TestNoBackReferences(t *testing.T) {
	areas := []string{"ostree", "rpmostree", "ignition", "installer", "zincati", "afterburn"}
	seen := 0
	for pkg, list := range imports(t) {
		from := area(pkg)
		if !slices.Contains(areas, from) {
			continue
		}
		for _, imported := range list {
			to := area(imported)
			if to == "examples" {
				t.Errorf("%s imports %s", pkg, imported)
			}
			if to == from || !slices.Contains(areas, to) {
				continue
			}
			seen++
			i := slices.IndexFunc(allowed, func(a struct{ from, to, only string }) bool {
				return a.from == from && a.to == to && (a.only == "" || pkg == module+a.only)
			})
			if i < 0 {
				t.Errorf("%s imports %s", pkg, imported)
			}
		}
	}
	if seen == 0 {
		t.Error("no import between areas was found")
	}
}

// heavy are modules that only some packages, and those who import them, may bring along.
var heavy = map[string][]string{
	"go.etcd.io/etcd/client":                 {"zincati/fleetlock/etcdstore"},
	"google.golang.org/grpc":                 {"zincati/fleetlock/etcdstore"},
	"github.com/prometheus/client_golang":    {"zincati/metrics", "zincati/cincinnati/server", "zincati/fleetlock/server"},
	"github.com/google/go-containerregistry": {"ostree/container", "rpmostree/compose"},
	"github.com/docker/cli":                  {"ostree/container", "rpmostree/compose"},
	"github.com/ProtonMail/go-crypto":        {"ostree/sign", "rpmostree/rpm/pgp"},
	"github.com/aws/aws-sdk-go-v2":           {"ignition/resource/s3"},
	"github.com/godbus/dbus":                 {"zincati/internal/busapi", "ignition/internal/systemdbus"},
}

// light are packages that people import for a small job.
var light = []string{
	"ostree/object", "ostree/kargs", "ostree/bls", "ostree/composefs", "ostree/delta", "ignition/config", "ignition/butane", "installer/iso",
	"installer/initrd", "installer/stream", "rpmostree/solver", "rpmostree/treefile", "zincati", "zincati/cincinnati", "zincati/fleetlock",
	"zincati/strategy", "zincati/config", "afterburn", "afterburn/sshkeys", "afterburn/netconf", "afterburn/fakecloud", "afterburn/command",
}

func TestLightPackages(t *testing.T) {
	for _, pkg := range light {
		n := 0
		for dep := range lines(t, "-deps", module+pkg) {
			if first, _, _ := strings.Cut(dep, "/"); strings.Contains(first, ".") {
				n++
			}
			for name := range heavy {
				if strings.HasPrefix(dep, name) {
					t.Errorf("%s brings %s along", pkg, dep)
				}
			}
		}
		t.Logf("%s: %d packages besides the standard library's", pkg, n)
	}
}

// TestLockServer: who keeps locks in files does not link a client of etcd.
func TestLockServer(t *testing.T) {
	for dep := range lines(t, "-deps", module+"zincati/fleetlock/server") {
		for _, name := range []string{"go.etcd.io/etcd/client", "google.golang.org/grpc"} {
			if strings.HasPrefix(dep, name) {
				t.Errorf("the lock server brings %s along", dep)
			}
		}
	}
}

// TestHeavyModules looks at who imports a heavy module by itself.
func TestHeavyModules(t *testing.T) {
	for pkg, list := range imports(t) {
		name := strings.TrimPrefix(pkg, module)
		if area(pkg) == "examples" || area(pkg) == "internal" {
			continue
		}
		for _, imported := range list {
			for mod, owners := range heavy {
				owned := slices.ContainsFunc(owners, func(o string) bool { return name == o || strings.HasPrefix(name, o+"/") })
				if strings.HasPrefix(imported, mod) && !owned {
					t.Errorf("%s imports %s", name, imported)
				}
			}
		}
	}
}
