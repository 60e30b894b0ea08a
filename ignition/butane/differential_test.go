package butane_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/butane"
	"github.com/nestos-dev/nestos/ignition/butane/internal/schema"
)

// droppedRule is a check of Ignition 2.26 that its next version dropped, and with it
// every Butane built since.
const droppedRule = "shouldExist is false for a partition and other partition(s) has start or size 0"

// TestDifferential compares random configs of all variants and versions, good and
// bad, with the program that BUTANE names. BUTANE_RUNS (default 2000) and BUTANE_SEED
// (default 1) say how many and which.
func TestDifferential(t *testing.T) {
	program := os.Getenv("BUTANE")
	if program == "" {
		t.Skip("BUTANE does not name the reference program")
	}
	runs, seed := intEnv("BUTANE_RUNS", 2000), intEnv("BUTANE_SEED", 1)
	var pairs [][2]string
	for variant, version := range butane.Pairs() {
		if variant != "nestos" {
			pairs = append(pairs, [2]string{variant, version})
		}
	}
	good, bad := 0, 0
	for i := range runs {
		g := &generator{r: rand.New(rand.NewPCG(uint64(seed), uint64(i)))}
		pair := pairs[i%len(pairs)]
		text := g.config(pair[0], pair[1])
		if g.wild && g.chance(30) {
			text = g.mutate(text)
		}
		opt := &butane.Options{FilesDir: "testdata/filesdir", Pretty: g.chance(20), Raw: g.chance(20)}
		if g.chance(5) {
			opt.FilesDir = ""
		}
		raw := g.chance(50)
		want := reference(t, program, text, opt, raw)
		got := ours(text, opt, raw)
		if strings.HasPrefix(want.stderr, "panic: ") || strings.Contains(want.stderr, droppedRule) {
			continue
		}
		if want.exit == 0 {
			good++
		}
		if !got.equal(want) {
			bad++
			if bad <= 10 {
				t.Errorf("run %d (%s)\n%s\nwant %v\ngot  %v", i, strings.Join(pair[:], " "), text, want, got)
			}
		}
	}
	t.Logf("%d runs, %d of them valid, %d differ", runs, good, bad)
}

func intEnv(name string, other int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return other
}

// outcome is what a run of the program shows.
type outcome struct {
	exit           int
	stdout, stderr string
}

func (o outcome) String() string {
	return fmt.Sprintf("exit %d\n%s\n%s", o.exit, o.stdout, o.stderr)
}

// equal compares two outcomes. Several unknown keys of one object have no order in
// the reference.
func (o outcome) equal(other outcome) bool {
	return o.exit == other.exit && o.stdout == other.stdout &&
		(o.stderr == other.stderr || slices.Equal(blocks(o.stderr), blocks(other.stderr)))
}

func blocks(stderr string) []string {
	separator := "\n"
	if strings.Contains(stderr, "-->") {
		separator = "\n\n"
	}
	b := strings.Split(strings.Replace(stderr, " |\nError", " |\n\nError", 1)+"\n", separator)
	slices.Sort(b)
	return b
}

func reference(t *testing.T, program, text string, opt *butane.Options, raw bool) outcome {
	t.Helper()
	var args []string
	for flag, on := range map[string]bool{"--pretty": opt.Pretty, "--raw": opt.Raw, "--raw-errors": raw} {
		if on {
			args = append(args, flag)
		}
	}
	if opt.FilesDir != "" {
		args = append(args, "-d", opt.FilesDir)
	}
	cmd := exec.Command(program, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(text), &stdout, &stderr
	err := cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

func ours(text string, opt *butane.Options, raw bool) outcome {
	r, err := butane.Translate([]byte(text), opt)
	o := outcome{stderr: butane.FormatReport(r.Report, []byte(text), &butane.FormatOptions{Raw: raw})}
	if err != nil {
		o.exit = 1
		o.stderr += "Error translating config: " + err.Error() + "\n"
		return o
	}
	o.stdout = string(r.Output) + "\n"
	return o
}

// generator writes random configs.
type generator struct {
	r       *rand.Rand
	out     strings.Builder
	anchors int
	wild    bool   // odd YAML and wrong types, too
	tame    bool   // values that fit
	sparse  int    // percent of fields given
	owner   string // type of the struct that is being written
	count   int
}

func (g *generator) chance(percent int) bool { return g.r.IntN(100) < percent }

func pick[T any](g *generator, from []T) T { return from[g.r.IntN(len(from))] }

func (g *generator) config(variant, version string) string {
	g.wild = g.chance(30)
	g.tame = !g.wild && g.chance(50)
	g.sparse = pick(g, []int{10, 25, 40})
	fmt.Fprintf(&g.out, "variant: %s\nversion: %s\n", variant, version)
	if variant == "openshift" && !g.chance(5) {
		g.out.WriteString("metadata:\n  name: x\n  labels: {machineconfiguration.openshift.io/role: worker}\n")
	}
	if g.chance(10) {
		g.out.WriteString("# é ☃ 漢字\n\n")
	}
	g.fields(reflect.TypeFor[schema.Config](), "", variant)
	if g.wild && g.chance(5) {
		g.out.WriteString("---\nsecond: document\n")
	}
	return g.out.String()
}

// mutate changes a few bytes after the header.
func (g *generator) mutate(text string) string {
	b := []byte(text)
	start := strings.Index(text, "version:")
	for range 1 + g.r.IntN(3) {
		at := start + g.r.IntN(len(b)-start)
		switch g.r.IntN(3) {
		case 0:
			b = slices.Delete(b, at, at+1)
		case 1:
			b[at] = pick(g, mutants)[0]
		default:
			b = slices.Insert(b, at, []byte(pick(g, mutants))...)
		}
	}
	return string(b)
}

var mutants = []string{"\t", " ", "\n", "\r\n", ":", "- ", "#", "&", "*", "!", "|", ">", "'", "\"", "%", "@", "`", "{", "}", "[", "]", ",", "?", "<<: ", "\x00", "\xff", "é", "\u2028", "\ufeff", "---\n", "...\n", "0", "~"}

// usual are fields that mostly have to be there.
var usual = map[string]bool{"path": true, "name": true, "device": true, "contents": true, "level": true, "devices": true,
	"target": true, "layout": true, "url": true, "thumbprint": true, "format": true, "local": true, "label": true, "password_hash": true}

// fields writes a block mapping.
func (g *generator) fields(t reflect.Type, indent, variant string) {
	type field struct {
		key string
		t   reflect.Type
	}
	var chosen []field
	for i := range t.NumField() {
		f := t.Field(i)
		key := f.Tag.Get("yaml")
		if key == "version" || key == "variant" || key == "metadata" && variant == "openshift" {
			continue
		}
		percent := g.sparse
		if usual[key] {
			percent = 85
		}
		if indent == "" {
			percent = 30
			if key == "storage" && g.tame {
				percent = 80
			}
			if f.Tag.Get("sugar") != "" && variant != "fcos" && variant != "openshift" {
				percent = 3
			}
		}
		if g.tame && usual[key] && indent != "" {
			percent = 100
		}
		if !g.chance(percent) || g.tame && g.excluded(t.Name(), key, func(k string) bool {
			return slices.ContainsFunc(chosen, func(f field) bool { return f.key == k })
		}) {
			continue
		}
		chosen = append(chosen, field{key, f.Type})
	}
	g.r.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
	if g.chance(3) {
		chosen = append(chosen, field{pick(g, []string{"foo", "Path", "x y", "1", "true", "''", "\"é\"", "null", "[a]"}), reflect.TypeFor[*string]()})
	}
	if g.wild && g.chance(2) && len(chosen) > 0 {
		chosen = append(chosen, chosen[0])
	}
	if len(chosen) == 0 {
		g.out.WriteString(indent + pick(g, []string{"{}", "zz: 1", "~"}) + "\n")
		return
	}
	for _, f := range chosen {
		g.owner = t.Name()
		if g.chance(2) {
			g.out.WriteString(indent + "# comment\n")
		}
		g.out.WriteString(indent + f.key + ":")
		g.value(f.t, indent, f.key)
	}
}

// excluded reports whether a field does not go with those chosen.
func (g *generator) excluded(owner, key string, chosen func(string) bool) bool {
	switch key {
	case "inline", "local", "source":
		return owner != "Tree" && (chosen("inline") || chosen("local") || chosen("source") || g.chance(50))
	case "contents_local":
		return chosen("contents")
	case "contents":
		return owner == "Quadlet" && g.chance(30)
	case "name":
		return (owner == "NodeUser" || owner == "NodeGroup") && chosen("id")
	case "append", "groups", "custom", "hard", "http_headers", "overwrite":
		return g.chance(80)
	}
	return false
}

// value writes what follows a key or dash.
func (g *generator) value(t reflect.Type, indent, key string) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if g.wild && g.chance(3) {
		g.out.WriteString(" " + pick(g, odd) + "\n")
		return
	}
	if g.wild && g.anchors > 0 && g.chance(2) {
		fmt.Fprintf(&g.out, " *a%d\n", g.r.IntN(g.anchors))
		return
	}
	if g.wild && g.chance(4) {
		fmt.Fprintf(&g.out, " &a%d", g.anchors)
		defer func() { g.anchors++ }()
	}
	switch t.Kind() {
	case reflect.Struct:
		g.out.WriteString("\n")
		if g.wild && g.anchors > 0 && g.chance(3) {
			fmt.Fprintf(&g.out, "%s  <<: *a%d\n", indent, g.r.IntN(g.anchors))
		}
		g.fields(t, indent+"  ", "")
	case reflect.Slice:
		g.list(t.Elem(), indent, key)
	case reflect.Map:
		g.out.WriteString(" {a: b, machineconfiguration.openshift.io/role: worker}\n")
	default:
		g.out.WriteString(" " + g.scalar(t, key) + "\n")
	}
}

func (g *generator) list(t reflect.Type, indent, key string) {
	n := pick(g, []int{0, 1, 1, 2, 2, 3})
	if g.tame && key == "devices" {
		n = 2 + g.r.IntN(2)
	}
	if n == 0 {
		g.out.WriteString(" []\n")
		return
	}
	if t.Kind() != reflect.Struct && g.chance(50) {
		var items []string
		for range n {
			items = append(items, g.scalar(t, key))
		}
		g.out.WriteString(" [" + strings.Join(items, ", ") + "]\n")
		return
	}
	g.out.WriteString("\n")
	for range n {
		g.out.WriteString(indent + "  -")
		g.value(t, indent+"  ", key)
	}
}

func (g *generator) scalar(t reflect.Type, key string) string {
	switch t.Kind() {
	case reflect.Bool:
		return pick(g, []string{"true", "true", "false", "yes", "on", "True"})
	case reflect.Int:
		if g.tame && key == "number" {
			g.count++
			return strconv.Itoa(g.count)
		}
		if from, found := numbers[key]; found {
			return pick(g, from)
		}
		return pick(g, []string{"0", "1", "2", "10", "8192", "-1", "0x10", "0o17", "1_000", "100000000"})
	}
	from, found := texts[key]
	if g.tame {
		if format, fits := fitting[g.owner+"."+key]; fits {
			g.count++
			return strings.ReplaceAll(format, "%d", strconv.Itoa(g.count))
		}
		if found && len(from) > 2 {
			from = from[:2]
		}
	}
	if found {
		return pick(g, from)
	}
	if g.tame {
		return pick(g, []string{"a", "b", "c"})
	}
	return pick(g, []string{"a", "b", "c", `""`, `"a b"`, "'x'"})
}

var (
	odd = []string{"null", "~", "", "1", "-1", "1.5", "1e3", "0x1F", "0o17", "017", "9223372036854775808", "true", "off",
		"[]", "{}", "[1, [2]]", "{a: b}", "foo", "!!binary aGVsbG8=", "!!str 5", "!!int '5'", "!!float 5", "!foo bar", "2001-01-01",
		`"\t\b\u2028<&>"`, "|\n          x", "*nope", ".inf", "'it''s'", "? x", "!!null ''", "!!seq []"}
	numbers = map[string][]string{
		"mode":      {"0644", "0755", "644", "755", "420", "1777", "01777", "04755", "0o644", "0", "4096", "-1", "0x1a4"},
		"file_mode": {"0644", "0600", "644", "04755"},
		"dir_mode":  {"0755", "0700", "755"},
		"number":    {"0", "1", "2", "3", "4", "4"},
		"size_mib":  {"0", "1", "384", "8191", "8192", "10000000"},
		"start_mib": {"0", "1", "100", "400"},
		"threshold": {"0", "1", "2"},
	}
	// fitting are formats of values that pass, by type and key.
	fitting = map[string]string{
		"File.path": "/etc/f%d", "Directory.path": "/etc/d%d", "Link.path": "/etc/l%d", "Filesystem.path": "/var/m%d", "Tree.path": "/etc/t%d",
		"Unit.name": "u%d.service", "Dropin.name": "%d.conf", "Quadlet.name": "q%d.container", "PasswdUser.name": "user%d",
		"PasswdGroup.name": "group%d", "Luks.name": "luks%d", "Raid.name": "md%d", "GrubUser.name": "admin%d", "HTTPHeader.name": "X-%d",
		"Disk.device": "/dev/disk%d", "Filesystem.device": "/dev/fs%d", "Luks.device": "/dev/luks%d", "Raid.devices": "/dev/member%d",
		"BootDeviceMirror.devices": "/dev/mirror%d", "Partition.label": "part-%d", "Filesystem.label": "fs%d", "Luks.label": "luks%d",
		"Partition.guid": "8DA63339-0007-60C0-C436-083AC8230908", "Partition.type_guid": "8DA63339-0007-60C0-C436-083AC8230908",
		"Raid.level": "raid1", "Tang.url": "https://t%d.example", "Resource.source": "data:,%d", "ConfigReference.source": "https://c/%d",
		"FileContents.source": "data:,%d", "CaReference.source": "https://ca/%d", "Tree.local": "tree", "Verification.hash": "sha512-" + strings.Repeat("0a", 64) + "",
		"Proxy.http_proxy": "http://p%d", "Proxy.https_proxy": "https://p%d", "KernelArguments.should_exist": "k%d", "KernelArguments.should_not_exist": "n%d",
		"PasswdUser.ssh_authorized_keys": "key%d", "PasswdUser.ssh_authorized_keys_local": "key.pub", "PasswdUser.groups": "g%d",
		"ClevisCustom.pin": "tang", "OpenShift.extensions": "e%d", "OpenShift.kernel_arguments": "rd.luks.key=/etc/luks/cex.key",
		"Proxy.no_proxy": "h%d", "Luks.open_options": "o%d",
	}
	texts = map[string][]string{
		"path":                      {"/etc/a", "/etc/a", "/etc/b", "/var/x", "/var/lib/y z", "/etc", "a", "/a//b", "/boot/grub2/user.cfg", "/etc/systemd/system/a.service", "/etc/containers/systemd/q.container", "/o/file", `""`, "/"},
		"local":                     {"hello.txt", "long.txt", "bin.dat", "tree", "empty", "nope", "../x", "/hello.txt", "tree/file", "child.ign", "badchild.ign", "tree/link", "."},
		"inline":                    {"hi", `"a\nb\n"`, `"é \u0000<>"`, strings.Repeat("long ", 30), `""`, `'{"ignition": {"version": "3.4.0"}}'`, `'{"ignition":{"version":"3.6.0"},"storage":{"files":[{"path":"x"}]},"version":1}'`, "'{'", `'{"ignition":{}}'`, `'[]'`, `'{"ignition":{"version":"3.2.0"},"passwd":{"users":[{"name":"a"},{"name":"a"}]}}'`, `'{"ignition":{"version":"3.5.0"},"storage":{"filesystems":[{"device":"/dev/x","label":"l"}]}}'`},
		"source":                    {"https://a.example/x", "http://a/b", "data:,x", "data:;base64,eA==", "s3://b/k", "oem:///x", "gs://b/o", "tftp://h/f", "data:", "::", `""`, "arn:aws:s3:::b/k"},
		"name":                      {"a", "core", "core", "root", "a.service", "b.mount", "a@b.container", "q.container", "10-x.conf", "x@.volume", "q.pod", "b", `""`, "md-boot", "x/y"},
		"device":                    {"/dev/sda", "/dev/sda", "/dev/sdb", "/dev/disk/by-id/coreos-boot-disk", "/dev/mapper/root", "/dev/mapper/a", "/dev/md/md-boot", "/dev/dasda", "dev", "/dev/disk/by-id/dm-name-a", "/dev/disk/by-label/boot"},
		"devices":                   {"/dev/sda", "/dev/sdb", "/dev/sdc", "/dev/vda"},
		"format":                    {"ext4", "xfs", "vfat", "btrfs", "swap", "none", "virtiofs", "zfs", `""`},
		"label":                     {"root", "root-1", "boot", "esp-1", "BIOS-BOOT", "EFI-SYSTEM", "var", "a:b", strings.Repeat("l", 40), `""`},
		"level":                     {"raid1", "raid0", "linear", "1", "raid7", "raid10"},
		"layout":                    {"x86_64", "aarch64", "ppc64le", "s390x-eckd", "s390x-zfcp", "s390x-virt", "mips"},
		"contents":                  {`"[Unit]\nDescription=x\n[Install]\nWantedBy=a.target\n"`, `"[Service]\nExecStart=/bin/true\n"`, `"[x"`, `""`, "foo"},
		"contents_local":            {"a.service", "d.conf", "q.container", "nope", "tree", `""`},
		"ssh_authorized_keys":       {"k1", "k2", "'ssh-ed25519 AAAA x'"},
		"ssh_authorized_keys_local": {"key.pub", "long.txt", "nope", "tree", "../k"},
		"hash":                      {"sha512-" + strings.Repeat("0a", 64), "sha256-" + strings.Repeat("0A", 32), "md5-1", "x", `""`},
		"compression":               {"gzip", `""`, "xz"},
		"options":                   {"--cipher", "a", "-c", "--cipher=x", "b"},
		"mount_options":             {"ro", "noatime", `""`},
		"kernel_type":               {"default", "realtime", "foo", `""`},
		"kernel_arguments":          {"a", "b", "rd.luks.key=/etc/luks/cex.key", "nosmt"},
		"url":                       {"https://t.example", "http://t", "ftp://t", "t", `"%"`},
		"pin":                       {"tpm2", "tang", "sss", "other", `""`},
		"guid":                      {"8DA63339-0007-60C0-C436-083AC8230908", "x", `""`},
		"type_guid":                 {"8DA63339-0007-60C0-C436-083AC8230908", "x"},
		"advertisement":             {`'{"a": 1}'`, "x", `""`},
		"should_exist":              {"a", "b", "a"}, "should_not_exist": {"a", "c"},
		"http_proxy": {"http://p", "ftp://p", `""`}, "https_proxy": {"http://p", "https://p"},
		"extensions":    {"usbguard", "kerberos", "usbguard"},
		"password_hash": {"grub.pbkdf2.sha512.1", "$6$x", `""`},
		"thumbprint":    {"x", "y", `""`},
	}
)
