package cloudtest

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

// TestInjection: no value becomes a variable of its own.
func TestInjection(t *testing.T) {
	t.Parallel()
	m, cloud := example(t, "vultr")
	cloud.Set("/v1/instanceid", "1\nLD_PRELOAD=/evil.so")
	m.good("--provider=vultr", attributes)
	m.same("attributes", m.read(out+"/attributes"), "AFTERBURN_VULTR_HOSTNAME=vu1\nAFTERBURN_VULTR_INSTANCE_ID=1\nAFTERBURN_VULTR_REGION_CODE=EWR\n")
}

// TestNames: no name of an interface is that of a file elsewhere.
func TestNames(t *testing.T) {
	t.Parallel()
	for i, name := range []string{"../../evil", "/run/evil", "..", "a/b", "a\nDHCP=yes", "a\x00b"} {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			m, cloud := example(t, "hetzner")
			cloud.Set("/hetzner/v1/metadata/network-config", "version: 1\nconfig:\n- {type: physical, name: "+strconv.Quote(name)+", subnets: [{type: dhcp}]}\n")
			for _, option := range []string{"network-units", "networkmanager-profiles"} {
				if r := m.run("--provider=hetzner", "--"+option+"="+out+"/a/b"); r.code != 1 {
					t.Errorf("exit %d, log is\n%s", r.code, r.log)
				}
			}
			m.must(os.RemoveAll(out + "/a"))
			m.sameFiles("files", m.files(out), nil)
			if _, err := os.Lstat("/run/evil"); err == nil {
				t.Error("a file elsewhere")
			}
		})
	}
}

// TestKeyIDs: no id leads to another document.
func TestKeyIDs(t *testing.T) {
	t.Parallel()
	m, cloud := example(t, "aws")
	cloud.Set("/latest/meta-data/public-keys", "../hostname?=laptop")
	cloud.Set("/latest/meta-data/hostname/openssh-key", fakecloud.Key)
	r := m.run("--provider=aws", "--ssh-keys=core")
	for _, q := range cloud.Requests() {
		if strings.Contains(q.Path, "..") && !strings.Contains(q.Path, "/public-keys/..%2Fhostname%3F/openssh-key") {
			t.Errorf("asked for %s", q)
		}
	}
	if r.code != 1 {
		t.Errorf("exit %d, log is\n%s", r.code, r.log)
	}
}
