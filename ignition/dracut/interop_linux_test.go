package dracut_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/dracut"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// debianGenerator is that of Ignition in Debian's package ignition.
const debianGenerator = "/usr/lib/dracut/modules.d/30ignition/ignition-generator"

// TestGeneratorsAgree runs another implementation's generator, which knows only
// the real paths, in a mount namespace where they are ours.
func TestGeneratorsAgree(t *testing.T) {
	testutil.Root(t)
	testutil.Namespaces(t, "--mount")
	testutil.Tool(t, "unshare")
	testutil.Tool(t, "bash")
	if _, err := os.Stat(debianGenerator); err != nil {
		testutil.Missing(t, "needs the package ignition")
	}
	words := []string{
		"ignition.firstboot", "ignition.firstboot=", "ignition.firstboot=0", "ignition.firstboot=1", "ignition.firstboot=no",
		"ignition.firstboot=off", "ignition.firstboot=NO", "ignition.firstboot=a=b", "xignition.firstboot", "rd.neednet=1",
		"ignition.platform.id", "ignition.platform.id=", "ignition.platform.id=qemu", "ignition.platform.id=a=b", `ignition.platform.id="x"`,
	}
	lines := []string{""}
	for i, word := range words {
		lines = append(lines, word, word+" "+words[(i*7+3)%len(words)], words[(i*4+1)%len(words)]+"\t"+word)
	}
	for _, line := range lines {
		theirs, env := runGenerator(t, line)
		ours, ourEnv := generate(t, line, false)
		delete(ours, "initrd-parse-etc.service.requires/ignition-complete.target") // theirs does not make sure
		if got, want := listing(ours), listing(theirs); got != want || env != ourEnv {
			t.Errorf("%q: links\n%s and %q, theirs\n%s and %q", line, got, ourEnv, want, env)
		}
	}
}

func listing(links map[string]string) string {
	var lines []string
	for name, target := range links {
		lines = append(lines, name+" -> "+target)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func runGenerator(t *testing.T, cmdline string) (links map[string]string, env string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"run", "normal", "early", "late"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range map[string]string{"cmdline": cmdline + "\n", "kmsg": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	script := fmt.Sprintf("mount --bind %[1]s/run /run && mount --bind %[1]s/cmdline /proc/cmdline && mount --bind %[1]s/kmsg /dev/kmsg && "+
		"exec bash %[2]s %[1]s/normal %[1]s/early %[1]s/late", dir, debianGenerator)
	if out, err := exec.CommandContext(t.Context(), "unshare", "--mount", "sh", "-c", script).CombinedOutput(); err != nil {
		t.Fatalf("generator: %v: %s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "run/ignition.env"))
	if err != nil {
		t.Fatal(err)
	}
	return readLinks(t, filepath.Join(dir, "normal")), string(data)
}

// TestModuleSetup lets dracut's functions run the module's hooks.
func TestModuleSetup(t *testing.T) {
	bash := testutil.Tool(t, "bash")
	root := t.TempDir()
	if err := dracut.WriteFiles(root, nil); err != nil {
		t.Fatal(err)
	}
	for hook, want := range map[string]string{
		"check; echo $?": "255",
		"depends":        "qemu systemd url-lib network",
		`instmods() { echo "$hostonly" "$@"; }; DRACUT_ARCH=x86_64 installkernel`: "hv_utils vsock vmw_vsock_virtio_transport vmw_vsock_virtio_transport_common",
		`instmods() { echo "$1"; }; DRACUT_ARCH=s390x installkernel`:              "hv_utils\nzcrypt_cex4",
		`instmods() { echo "$1"; }; DRACUT_ARCH=aarch64 installkernel`:            "hv_utils\nmlxbf_bootctl",
	} {
		out, err := exec.CommandContext(t.Context(), bash, "-c", ". "+root+dracut.DefaultModuleDir+"/module-setup.sh; "+hook).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%s: %v, got %q, want %q", hook, err, got, want)
		}
	}
}
