package admintest_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// side is a sysroot in a memory file system of its own, and who works on it.
type side struct {
	t    testing.TB
	name string
	dir  string
	src  *source
	pick func(line int) program
	line int
}

func newSide(t testing.TB, name string, pick func(line int) program) *side {
	t.Helper()
	testutil.Root(t)
	s := &side{t: t, name: name, dir: testutil.Tmpfs(t, "mode=0755"), src: sourceRepo(t), pick: pick}
	t.Cleanup(func() { _ = unix.Unmount(s.root()+"/boot", unix.MNT_DETACH) }) // only some scenarios mount it
	require.NoError(t, os.Mkdir(s.root(), 0o755))
	return s
}

func always(p program) func(int) program { return func(int) program { return p } }

func (s *side) root() string { return s.dir + "/M" }

// outcome is what is compared of a command.
type outcome struct {
	Stdout, Errors string
	Exit           int
}

// run executes a line of shell with $M, $SRC and the commits.
func (s *side) run(line string) outcome {
	s.t.Helper()
	p := s.pick(s.line)
	s.line++
	r := testutil.Run(s.t, &testutil.RunOptions{Dir: s.dir, Env: append([]string{
		"PATH=" + p.bin + ":" + os.Getenv("PATH"), "HOME=" + s.dir, "OSTREE_REPO=", "OSTREE_SYSROOT=" + s.root(), "M=" + s.root(), "SRC=" + s.src.path,
		"OSTREE_SYSROOT_OPTS=bootloader-naming-1", "SHA1A=" + sumA, "TESTDATA=" + testdata(s.t),
	}, s.src.vars...)}, "sh", "-c", line)
	var errs []string
	for l := range strings.Lines(r.Stderr) {
		if strings.HasPrefix(l, "error:") {
			errs = append(errs, l)
		}
	}
	return outcome{s.normal(r.Stdout), s.normal(strings.Join(errs, "")), r.Exit}
}

func testdata(t testing.TB) string {
	dir, err := filepath.Abs("testdata")
	require.NoError(t, err)
	return dir
}

// deliberate is the list of all differences between libostree 2022.7, the reference here, and 2026.4, whose
// behaviour ours has. Paths that match are left out of the comparison, texts are replaced in the output.
// (Names of boot entries need no place here: OSTREE_SYSROOT_OPTS=bootloader-naming-1 asks for the old ones.)
var deliberate = []struct {
	why  string
	path *regexp.Regexp
	text *regexp.Regexp
	with string
}{
	{why: "deployments have an image for composefs", path: regexp.MustCompile(`^ostree/deploy/[^/]+/deploy/[^/]+/\.ostree\.cfs$`)},
	{why: "deployments have upper directories for writable overlays", path: regexp.MustCompile(`^ostree/deploy/[^/]+/backing$`)},
	{why: "var is filled by the first deployment instead of os-init", path: regexp.MustCompile(`^ostree/deploy/[^/]+/var/(lib|lock|log|run|tmp)$`)},
	{why: "errors say which half of a deployment failed", text: regexp.MustCompile(`Deploying tree: (Initializing|Finalizing) deployment: `)},
	{why: "an origin file that cannot be read is named", text: regexp.MustCompile(`openat\(missing\): `)},
	{why: "it is said that a staged deployment is lost", text: regexp.MustCompile(`Staged deployment \S+ was discarded\n`)},
	{why: "the word is stateroot now", text: regexp.MustCompile(`initialized as OSTree (root|stateroot)`), with: "initialized as OSTree root"},
}

// skipped leaves out deliberate differences and what lives only as long as a command.
func skipped(path string) bool {
	for _, d := range deliberate {
		if d.path != nil && d.path.MatchString(path) {
			return true
		}
	}
	return path == "ostree/repo/tmp/cache" || strings.HasPrefix(path, "ostree/repo/tmp/staging-") || // left by failed pulls, reused by the next one
		strings.HasPrefix(path, "ostree/repo/state/") || // the same
		path == "ostree/repo/.lock"
}

func (s *side) normal(text string) string {
	text = strings.ReplaceAll(text, s.dir, "DIR")
	for _, d := range deliberate {
		if d.text != nil {
			text = d.text.ReplaceAllString(text, d.with)
		}
	}
	return text
}

func (s *side) snapshot() snapshot {
	s.t.Helper()
	got, err := takeNormal(s.root(), skipped)
	require.NoError(s.t, err)
	return got
}

// takeNormal takes a snapshot without what differs between the programs in content rather than by path.
func takeNormal(root string, skip func(string) bool) (snapshot, error) {
	got, err := take(root, skip)
	if err != nil {
		return nil, err
	}
	entries, err := filepath.Glob(root + "/boot/loader.?/entries/*.conf")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		data, err := os.ReadFile(e)
		if err != nil {
			return nil, err
		}
		path := strings.TrimPrefix(e, root+"/")
		got[path] = fmt.Sprintf("%.6s %q", got[path], sortExtra(string(data)))
	}
	for path, line := range got {
		// A group removed from the end of a key file takes the blank line before it along, which libostree leaves.
		if strings.HasSuffix(path, ".origin") {
			got[path] = strings.Replace(line, `\n\n"`, `\n"`, 1)
		}
		// libostree leaves the directory when the last overlay is gone.
		if path == overlays && !slices.ContainsFunc(slices.Collect(maps.Keys(got)), func(p string) bool { return strings.HasPrefix(p, overlays+"/") }) {
			delete(got, path)
		}
		// libostree leaves the ref of a staged deployment that was dropped.
		if m := deploymentRef.FindStringSubmatch(path); m != nil {
			if n, err := strconv.Atoi(m[1]); err == nil && n >= len(entries) {
				delete(got, path)
			}
		}
	}
	return got, nil
}

const overlays = "boot/ostree/initramfs-overlays"

var deploymentRef = regexp.MustCompile(`^ostree/repo/refs/heads/ostree/[01]/[01]/([0-9]+)$`)

var standardKey = regexp.MustCompile(`^(title|version|options|devicetree|linux|initrd) `)

// sortExtra sorts the lines with other keys, which libostree writes in the order of a hash table.
func sortExtra(entry string) string {
	lines := strings.SplitAfter(entry, "\n")
	first := slices.IndexFunc(lines, func(l string) bool { return !standardKey.MatchString(l) })
	if first >= 0 {
		slices.Sort(lines[first:])
	}
	return strings.Join(lines, "")
}
