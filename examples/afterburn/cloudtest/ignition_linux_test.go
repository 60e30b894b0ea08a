package cloudtest

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// ovf is the document on the medium that Azure gives new machines.
const ovf = `<?xml version="1.0" encoding="utf-8"?>
<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:wa="http://schemas.microsoft.com/windowsazure">
  <wa:ProvisioningSection>
    <wa:Version>1.0</wa:Version>
    <LinuxProvisioningConfigurationSet xmlns="http://schemas.microsoft.com/windowsazure">
      <UserName>azureuser</UserName>
      <AdminPassword>Hello world!</AdminPassword>
    </LinuxProvisioningConfigurationSet>
  </wa:ProvisioningSection>
</Environment>
`

const hostnameFragment = `{
  "ignition": {
    "version": "3.0.0"
  },
  "storage": {
    "files": [
      {
        "path": "/etc/hostname",
        "mode": 420,
        "overwrite": true,
        "contents": {
          "source": "data:,vm7"
        }
      }
    ]
  }
}`

// userFragment is one with keys and without a password.
func userFragment(e fakecloud.Expect, password string) string {
	var b strings.Builder
	b.WriteString("{\n  \"ignition\": {\n    \"version\": \"3.0.0\"\n  },\n  \"passwd\": {\n    \"users\": [\n      {\n        \"name\": \"" + e.Admin + "\",\n        \"sshAuthorizedKeys\": [")
	for i, key := range e.Keys {
		if i > 0 {
			b.WriteByte(',')
		}
		text, _ := json.Marshal(key)
		b.WriteString("\n          " + string(text))
	}
	b.WriteString("\n        ]")
	if password != "" {
		b.WriteString(",\n        \"passwordHash\": \"" + password + "\"")
	}
	b.WriteString("\n      }\n    ]\n  }\n}")
	return b.String()
}

// TestRenderIgnition renders fragments with each kind of medium in the optical drive.
func TestRenderIgnition(t *testing.T) {
	t.Parallel()
	iso := func(options ...string) func(m *machine) {
		return func(m *machine) {
			m.command(testutil.Tool(m, "genisoimage"), append(options, "-quiet", "-o", "/run/image", "/run/medium")...)
		}
	}
	for name, c := range map[string]struct {
		medium   string
		image    func(m *machine)
		password string
		warning  string
	}{
		"iso":                 {ovf, iso("-R"), "Hello world!", ""},
		"iso and udf":         {ovf, iso("-udf"), "Hello world!", ""},
		"udf and joliet":      {ovf, iso("-udf", "-J"), "Hello world!", ""},
		"lower case":          {strings.ReplaceAll(ovf, "AdminPassword", "adminPassword"), iso("-J"), "Hello world!", ""},
		"entities":            {strings.ReplaceAll(ovf, "Hello world!", "a&amp;&lt;&#x62;"), iso("-J"), "a&<b", ""},
		"blank password":      {strings.ReplaceAll(ovf, "Hello world!", "  "), iso("-J"), "", ""},
		"no password":         {strings.ReplaceAll(ovf, "AdminPassword", "Other"), iso("-J"), "", ""},
		"nothing in drive":    {"", nil, "", " WARN could not read OVF media: "},
		"not such a medium":   {"", iso("-J"), "", " WARN could not read OVF media: "},
		"medium of no system": {"", func(m *machine) { m.write("/run/image", strings.Repeat("x", 1<<20)) }, "", " WARN could not read OVF media: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "iso and udf" {
				kernelKnows(t, "udf") // the names of the other half are too short
			}
			m, cloud := example(t, "azure")
			if c.image != nil {
				m.write("/run/medium/other", "other")
				if c.medium != "" {
					m.write("/run/medium/ovf-env.xml", c.medium)
				}
				c.image(m)
				m.drive("/run/image")
			}
			r := m.good("render-ignition", "--provider=azure", "--render-ignition-dir="+out)
			if c.warning != "" && !strings.Contains(r.log, c.warning) || strings.Contains(r.log, "Hello world") {
				t.Errorf("log is\n%s", r.log)
			}
			e, _ := fakecloud.Expected("azure")
			hash, mode := "", os.FileMode(0o644)
			if c.password != "" {
				hash, mode = m.hash(c.password), 0o600
			}
			m.sameFiles("fragments", m.files(out), map[string]string{"hostname.ign": hostnameFragment, "user.ign": userFragment(e, hash)})
			m.sameMode(out+"/hostname.ign", 0o644)
			m.sameMode(out+"/user.ign", mode)
			if mounts := m.read("/proc/thread-self/mountinfo"); strings.Contains(mounts, "afterburn") {
				t.Errorf("something is still mounted:\n%s", mounts)
			}
			(&service{machine: m, cloud: cloud}).once()
		})
	}
}

// kernelKnows skips if the kernel has no such file system, as few have all.
func kernelKnows(t *testing.T, fstype string) {
	t.Helper()
	_ = exec.Command("modprobe", fstype).Run()
	known, err := os.ReadFile("/proc/filesystems")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(known), "\t"+fstype+"\n") {
		t.Skip("the kernel does not know", fstype)
	}
}

// drive puts a medium into the optical drive.
func (m *machine) drive(image string) {
	m.Helper()
	var st unix.Stat_t
	m.must(unix.Stat("/dev/"+m.attach(image), &st))
	m.node("/dev/sr0", unix.S_IFBLK|0o600, unix.Major(st.Rdev), unix.Minor(st.Rdev))
}

var hashed = regexp.MustCompile(`"passwordHash": "\$6\$(rounds=10000\$[./0-9A-Za-z]{16})\$[./0-9A-Za-z]{86}"`)

// hash returns the hash of a password with the salt that the program took.
func (m *machine) hash(password string) string {
	m.Helper()
	salt := hashed.FindStringSubmatch(m.read(out + "/user.ign"))
	if salt == nil {
		m.Fatalf("no hash in\n%s", m.read(out+"/user.ign"))
	}
	cmd := exec.Command(testutil.Tool(m, "openssl"), "passwd", "-6", "-stdin", "-salt", salt[1])
	cmd.Stdin = strings.NewReader(password + "\n")
	text, err := cmd.Output()
	m.must(err)
	return strings.TrimSpace(string(text))
}

// TestRenderIgnitionOptions leaves parts out.
func TestRenderIgnitionOptions(t *testing.T) {
	t.Parallel()
	m, cloud := example(t, "azure")
	m.write("/run/medium/ovf-env.xml", ovf)
	m.command(testutil.Tool(t, "genisoimage"), "-quiet", "-J", "-o", "/run/image", "/run/medium")
	m.drive("/run/image")
	const dir, noHostname, noUser = "--render-ignition-dir=" + out, "--disable-hostname-fragment", "--disable-user-fragment"
	asks := func(part string) bool {
		return slices.ContainsFunc(cloud.Requests(), func(r fakecloud.Request) bool { return strings.Contains(r.Path, part) })
	}

	r := m.good("render-ignition", "--provider=azure", dir, noHostname, noUser)
	if len(cloud.Requests()) > 0 || !strings.Contains(r.log, " WARN render-ignition: all fragments disabled, nothing to do\n") {
		t.Errorf("log is\n%s", r.log)
	}
	m.sameFiles("nothing", m.files(out), nil)

	m.cmdline("ignition.platform.id=azure")
	m.good("render-ignition", "--cmdline", dir, noUser)
	m.sameFiles("hostname", m.files(out), map[string]string{"hostname.ign": hostnameFragment})
	if asks("publicKeys") || asks("adminUsername") {
		t.Error("asked for a user who is not wanted")
	}
	m.clean()
	cloud.ClearRequests()
	m.good("render-ignition", "--cmdline", dir, noHostname)
	if _, err := os.Stat(out + "/hostname.ign"); err == nil || asks("compute/name?") || m.read(out+"/user.ign") == "" {
		t.Error("asked for a name that is not wanted")
	}

	m.clean()
	cloud.ClearRequests()
	for _, id := range append(fakecloud.Providers(), "vmware", "kubevirt", "nosuch", "") {
		if id != "azure" {
			m.bad("failed to run\n\nCaused by:\n    render-ignition is only supported for providers [\"azure\"], got '"+id+"'\n", "render-ignition", "--provider="+id, dir)
		}
	}
	if len(cloud.Requests()) > 0 {
		t.Error("requests for other providers")
	}
	m.sameFiles("nothing", m.files(out), nil)
}
