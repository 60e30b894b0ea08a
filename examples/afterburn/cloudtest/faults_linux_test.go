package cloudtest

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

// example makes a machine with the example of a provider.
func example(t *testing.T, provider string) (*machine, *fakecloud.Cloud) {
	t.Helper()
	cloud, ok := fakecloud.Example(provider)
	if !ok {
		t.Fatal("no provider", provider)
	}
	m := newMachine(t)
	m.serve(cloud)
	return m, cloud
}

const (
	attributes = "--attributes=" + out + "/attributes"
	hostname   = "--hostname=" + out + "/hostname"
)

// TestTriedAgain has faults that pass: one bad answer, then the good one.
func TestTriedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault fakecloud.Fault
		log   string
	}{
		"500":              {fakecloud.Status(500), " INFO Failed to fetch: 500 Internal Server Error\n"},
		"204":              {fakecloud.Status(204), " INFO Failed to fetch: 204 No Content\n"},
		"206":              {fakecloud.WithStatus(206), " INFO Failed to fetch: 206 Partial Content\n"},
		"cut connection":   {fakecloud.CutConnection(), " INFO Failed to fetch: "},
		"cut header":       {fakecloud.CutHeader(), " INFO Failed to fetch: "},
		"cut body":         {fakecloud.CutBody(), " INFO Failed to fetch: "},
		"longer by header": {fakecloud.Length(10), " INFO Failed to fetch: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, cloud := example(t, "vultr")
			cloud.Inject("/v1/hostname", 1, c.fault)
			r := m.good("--provider=vultr", hostname)
			m.same("hostname", m.read(out+"/hostname"), "vu1\n")
			if n := len(cloud.Requests()); n != 2 || r.took < time.Second {
				t.Errorf("%d requests within %v", n, r.took)
			}
			for _, line := range []string{"/v1/hostname: Attempt #1\n", c.log, "/v1/hostname: Attempt #2\n", " INFO Fetch successful\n"} {
				if !strings.Contains(r.log, line) {
					t.Errorf("log does not have %q:\n%s", line, r.log)
				}
			}
		})
	}
}

// TestAllAttempts has a service that never gets well.
func TestAllAttempts(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes 42 s")
	}
	t.Parallel()
	m, cloud := example(t, "exoscale")
	cloud.Delete("/1.0/meta-data/local-hostname")
	m.write(out+"/hostname", "old\n")
	r := m.bad("failed to run\n\nCaused by:\n    0: writing hostname\n    1: maximum number of retries (10) reached\n    2: failed to fetch: 404 Not Found\n",
		"--provider=exoscale", hostname)
	if n := len(cloud.Requests()); n != 11 || !strings.Contains(r.log, ": Attempt #11\n") {
		t.Errorf("%d requests, log is\n%s", n, r.log)
	}
	m.same("hostname", m.read(out+"/hostname"), "old\n")
}

// TestAbsentAndEmpty: what a missing document means, and what an empty one.
func TestAbsentAndEmpty(t *testing.T) {
	t.Parallel()
	const dropped, kept = false, true
	for provider, c := range map[string]struct {
		path, attribute, value string
		empty                  bool
	}{
		"aliyun":              {"/latest/meta-data/region-id", "ALIYUN_REGION_ID", "cn-shenzhen", dropped},
		"aws":                 {"/latest/meta-data/instance-type", "AWS_INSTANCE_TYPE", "t4g.small", kept},
		"cloudstack-metadata": {"/latest/meta-data/vm-id", "CLOUDSTACK_VM_ID", "17", kept},
		"gcp":                 {"/computeMetadata/v1/instance/machine-type", "GCP_MACHINE_TYPE", "projects/1/machineTypes/e2-small", dropped},
		"openstack-metadata":  {"/latest/meta-data/instance-type", "OPENSTACK_INSTANCE_TYPE", "m1.tiny", kept},
		"upcloud":             {"/metadata/v1/region", "UPCLOUD_REGION", "fi-hel1", dropped},
		"vultr":               {"/v1/region/regioncode", "VULTR_REGION_CODE", "EWR", dropped},
	} {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			m, cloud := example(t, provider)
			e, _ := fakecloud.Expected(provider)
			line := "AFTERBURN_" + c.attribute + "=" + c.value + "\n"
			full := e.AttributesFile()
			if !strings.Contains(full, line) {
				t.Fatal("no line", line)
			}
			cloud.Set(c.path, "")
			m.good("--provider="+provider, attributes)
			want := strings.Replace(full, line, "", 1)
			if c.empty == kept {
				want = strings.Replace(full, line, "AFTERBURN_"+c.attribute+"=\n", 1)
			}
			m.same("empty", m.read(out+"/attributes"), want)
			cloud.Delete(c.path)
			r := m.good("--provider="+provider, attributes)
			m.same("absent", m.read(out+"/attributes"), strings.Replace(full, line, "", 1))
			if !strings.Contains(r.log, " INFO Fetch failed with 404: resource not found\n") {
				t.Errorf("log is\n%s", r.log)
			}
		})
	}
}

// TestNothingAtAll: without anything to tell there is an empty file, none, and one less.
func TestNothingAtAll(t *testing.T) {
	t.Parallel()
	m, cloud := example(t, "vultr")
	for _, path := range cloud.Paths() {
		cloud.Delete(path)
	}
	keys := home + "/.ssh/authorized_keys.d"
	m.write(keys+"/afterburn", "old")
	m.write(keys+"/other", "other")
	m.must(os.Chown(keys, user, user))
	m.write(out+"/attributes", "AFTERBURN_OLD=1\n")
	m.good("--provider=vultr", attributes, hostname, "--ssh-keys=core")
	m.sameFiles("files", m.files(out), map[string]string{"attributes": ""})
	m.sameFiles("keys", m.files(keys), map[string]string{"other": "other"})
}

// TestEmptyHostname is what an empty name means.
func TestEmptyHostname(t *testing.T) {
	t.Parallel()
	for provider, c := range map[string]struct {
		path  string
		files map[string]string
	}{
		"aliyun": {"/latest/meta-data/hostname", nil}, "hetzner": {"/hetzner/v1/metadata/hostname", nil},
		"exoscale": {"/1.0/meta-data/local-hostname", nil}, "upcloud": {"/metadata/v1/hostname", nil},
		"aws": {"/latest/meta-data/hostname", map[string]string{"hostname": "\n"}},
	} {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			m, cloud := example(t, provider)
			cloud.Set(c.path, "")
			m.good("--provider="+provider, hostname)
			m.sameFiles("files", m.files(out), c.files)
		})
	}
}

// TestRedirects: they are followed on the same host. Whoever answers on another one is not the cloud.
func TestRedirects(t *testing.T) {
	t.Parallel()
	t.Run("same host", func(t *testing.T) {
		t.Parallel()
		m, cloud := example(t, "vultr")
		cloud.Set("/moved", "elsewhere")
		cloud.Inject("/v1/hostname", 0, fakecloud.Redirect("/moved"))
		m.good("--provider=vultr", hostname)
		m.same("hostname", m.read(out+"/hostname"), "elsewhere\n")
		cloud.ClearFaults()
		cloud.Inject("/v1/hostname", 0, fakecloud.Redirect("http://169.254.169.254/moved"))
		m.good("--provider=vultr", hostname)
	})
	t.Run("loop", func(t *testing.T) {
		t.Parallel()
		m, cloud := example(t, "vultr")
		cloud.Inject("/v1/hostname", 0, fakecloud.Redirect(""))
		r := m.run("--provider=vultr", hostname, "--timeout=5") // in which there are three attempts at the most
		if n := len(cloud.Requests()); r.code != 1 || n < 10 || n > 40 {
			t.Errorf("exit %d after %d requests, log is\n%s", r.code, n, r.log)
		}
	})
	t.Run("other host", func(t *testing.T) {
		t.Parallel()
		m, cloud := example(t, "vultr")
		m.address("169.254.169.253/32")
		l, err := net.Listen("tcp", "169.254.169.253:80")
		m.must(err)
		other := new(fakecloud.Cloud)
		other.Set("/v1/hostname", "evil")
		m.start(other, l)
		for _, to := range []string{"http://169.254.169.253/v1/hostname", "//169.254.169.253/v1/hostname", "file:///etc/passwd"} {
			cloud.ClearFaults()
			cloud.Inject("/v1/hostname", 0, fakecloud.Redirect(to))
			r := m.run("--provider=vultr", hostname, "--timeout=1")
			if !strings.Contains(r.log, "redirect") { // the machine may be slow
				r = m.run("--provider=vultr", hostname, "--timeout=30")
			}
			if r.code != 1 || !strings.Contains(r.log, "redirect") {
				t.Errorf("%s: exit %d, log is\n%s", to, r.code, r.log)
			}
		}
		m.sameFiles("files", m.files(out), nil)
		if n := len(other.Requests()); n > 0 {
			t.Errorf("%d requests to another host", n)
		}
	})
}

// TestNoProxy: the environment does not lead requests away.
func TestNoProxy(t *testing.T) {
	t.Parallel()
	m, _ := example(t, "vultr")
	m.env = append(m.env, "http_proxy=http://127.0.0.1:1", "HTTP_PROXY=http://127.0.0.1:1", "ALL_PROXY=http://127.0.0.1:1")
	m.good("--provider=vultr", hostname)
}

// TestSlow: a limit for the whole run holds, whatever the service does.
func TestSlow(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakecloud.Fault{
		"hang": fakecloud.Hang(), "trickle": fakecloud.Trickle(700 * time.Millisecond), "wait": fakecloud.Wait(time.Minute),
		"interim replies": fakecloud.Informational(-1), "unwell": fakecloud.Status(503),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, cloud := example(t, "vultr")
			cloud.Set("/v1/hostname", strings.Repeat("h", 64))
			cloud.Inject("", 0, fault)
			limit := 1
			if name == "unwell" {
				limit = 10 // time for an answer
			}
			r := m.run("--provider=vultr", attributes, hostname, fmt.Sprint("--timeout=", limit))
			if r.code != 1 || r.took < time.Second && name != "interim replies" || r.took > time.Minute {
				t.Errorf("exit %d after %v, log is\n%s", r.code, r.took, r.log)
			}
			why := fmt.Sprintf("not done within %ds", limit)
			if name == "unwell" {
				why += " after: http://169.254.169.254/v1/hostname: failed to fetch: 503 Service Unavailable"
			}
			if name != "interim replies" {
				m.failed(r, "Caused by:\n    0: writing metadata attributes\n    1: "+why+"\n")
			}
			m.sameFiles("files", m.files(out), nil)
		})
	}
}

// maxMemory is how much the program may have in memory at once, in bytes.
const maxMemory = 40 << 20

// TestEndless has documents that do not end, in each form. They are refused at once, and fill no memory.
func TestEndless(t *testing.T) {
	t.Parallel()
	for provider, path := range map[string]string{
		"vultr": "*", "aws": "/latest/*", "digitalocean": "*", "hetzner": "*", "azure": "*", "scaleway": "*", "packet": "*", "akamai": "/v1/instance",
	} {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			m, cloud := example(t, provider)
			if provider == "aws" { // but for the token
				for _, p := range cloud.Paths() {
					cloud.Inject("GET "+p, 0, fakecloud.Endless())
				}
			} else {
				cloud.Inject(path, 0, fakecloud.Endless())
			}
			r := m.runMeasured("--provider="+provider, attributes, "--ssh-keys=core", "--network-units="+out+"/units")
			if r.code != 1 || !strings.Contains(r.log, "\nError: failed to run\n") || strings.Contains(r.log, "Attempt #2") || r.took > time.Minute {
				t.Errorf("exit %d after %v, log is\n%s", r.code, r.took, r.log)
			}
			m.sameFiles("files", m.files(out), nil)
			t.Logf("%d KiB", r.peak>>10)
			if r.peak < 1<<20 || r.peak > maxMemory {
				t.Errorf("%d bytes of memory", r.peak)
			}
		})
	}
}

// TestUndecodable has documents that are complete and wrong: asking again would give the same.
func TestUndecodable(t *testing.T) {
	t.Parallel()
	const text, json, yaml = "vultr /v1/hostname", "digitalocean /metadata/v1.json", "hetzner /hetzner/v1/metadata"
	for name, c := range map[string]struct {
		where string
		fault fakecloud.Fault
		want  string // in the last line
	}{
		"no UTF-8":              {text, fakecloud.InvalidUTF8(), "stream did not contain valid UTF-8"},
		"compressed":            {text, fakecloud.Gzip(), "stream did not contain valid UTF-8"},
		"UTF-16":                {text, fakecloud.UTF16(), "stream did not contain valid UTF-8"},
		"truncated JSON":        {json, fakecloud.Truncated(), ""},
		"shorter by header":     {json, fakecloud.Length(-1), ""},
		"JSON of another type":  {json, fakecloud.Reply(`{"hostname":1}`), ""},
		"JSON without members":  {json, fakecloud.Reply(`{}`), ""},
		"JSON and more":         {json, fakecloud.Reply(`{}{}`), ""},
		"HTML in place of JSON": {json, fakecloud.Reply("<html>"), ""},
		"JSON in UTF-16":        {json, fakecloud.UTF16(), ""},
		"YAML of another type":  {yaml, fakecloud.Reply("- x\n"), ""},
		"no YAML":               {yaml, fakecloud.Reply("a: b: c\n"), ""},
		"no XML":                {"azure /", fakecloud.Reply("<Versions>"), ""},
		"control characters":    {text, fakecloud.Reply("a\x00b"), `hostname "a\x00b" has control characters`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			provider, path, _ := strings.Cut(c.where, " ")
			m, cloud := example(t, provider)
			cloud.Inject(path, 0, c.fault)
			r := m.run("--provider="+provider, hostname, "--network-units="+out+"/units")
			if provider == "hetzner" {
				m.clean()
				r = m.run("--provider="+provider, attributes)
			}
			m.failed(r, c.want+"\n")
			if strings.Contains(r.log, "Attempt #2") {
				t.Errorf("log is\n%s", r.log)
			}
			m.sameFiles("files", m.files(out), nil)
		})
	}
}

// TestOldAWS has a service that gives no tokens, in each way of not doing so.
func TestOldAWS(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]fakecloud.TokenMode{
		"forbidden": fakecloud.TokensForbidden, "missing": fakecloud.TokensMissing, "not allowed": fakecloud.TokensNotAllowed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, cloud := example(t, "aws")
			cloud.SetTokenMode(mode)
			e, _ := fakecloud.Expected("aws")
			r := m.good("--provider=aws", attributes)
			m.same("attributes", m.read(out+"/attributes"), e.AttributesFile())
			if !strings.Contains(r.log, " WARN failed to fetch aws imdsv2 session token with: ") || strings.Contains(r.log, "token: Attempt #2\n") {
				t.Errorf("log is\n%s", r.log)
			}
		})
	}
}

// TestFallbackAddress is azure without DHCP's option.
func TestFallbackAddress(t *testing.T) {
	t.Parallel()
	m, _ := example(t, "azure")
	m.must(os.RemoveAll("/run/systemd/netif"))
	r := m.good("--provider=azure", hostname)
	m.same("hostname", m.read(out+"/hostname"), "vm7\n")
	for _, line := range []string{" WARN Failed to get fabric address from DHCP: ", " INFO using fallback address\n"} {
		if !strings.Contains(r.log, line) {
			t.Errorf("log is\n%s", r.log)
		}
	}
}
