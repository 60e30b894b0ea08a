package cloudtest

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

// requests are what Afterburn asks each service for.
const requests = "../../../afterburn/fakecloud/testdata/requests"

// TestServices runs the program on the example of each provider that has a service.
func TestServices(t *testing.T) {
	t.Parallel()
	for _, provider := range fakecloud.Providers() {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join(requests, provider+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			cloud, _ := fakecloud.Example(provider)
			want, ok := fakecloud.Expected(provider)
			if !ok {
				t.Fatal("nothing is expected")
			}
			s := &service{newMachine(t), provider, cloud, want, fakecloud.Transcripts(string(text))}
			s.serve(cloud)
			s.one()
			s.all()
			s.report()
			s.kargs()
		})
	}
}

// service is the test of one provider.
type service struct {
	*machine
	provider string
	cloud    *fakecloud.Cloud
	want     fakecloud.Expect
	requests map[string]string // by action
}

// actions are the things that the program can be asked for.
var actions = []struct {
	name, option string
	check        func(s *service)
}{
	{"start", "", func(s *service) { s.sameFiles("start", s.files(out), nil) }},
	{"attributes", "--attributes=" + out + "/a/attributes", (*service).sameAttributes},
	{"ssh-keys", "--ssh-keys=core", (*service).sameKeys},
	{"hostname", "--hostname=" + out + "/h/hostname", (*service).sameHostname},
	{"network-units", "--network-units=" + out + "/units", (*service).sameUnits},
	{"netplan-config", "--netplan-config=" + out + "/netplan", (*service).sameNetplan},
	{"networkmanager-profiles", "--networkmanager-profiles=" + out + "/nm", (*service).sameProfiles},
	{"check-in", "--check-in", (*service).sameCheckIn},
}

// one asks for one thing after the other.
func (s *service) one() {
	for _, a := range actions {
		s.clean()
		s.cloud.ClearRequests()
		args := []string{"--provider", s.provider}
		if a.option != "" {
			args = append(args, a.option)
		}
		s.good(args...)
		a.check(s)
		s.once()
		s.same("requests of "+a.name, fakecloud.Transcript(s.cloud.Requests()), s.requests[a.name])
		if a.name != "check-in" { // that is the only one with side effects
			s.sameRequests(nil)
		}
	}
}

// all asks for everything at once, of the provider on the kernel's command line, by old-fashioned options.
func (s *service) all() {
	s.clean()
	s.cloud.ClearRequests()
	s.cmdline("BOOT_IMAGE=/vmlinuz ignition.platform.id=" + s.provider + " quiet")
	args := []string{"-cmdline"}
	union := map[string]bool{}
	for _, a := range actions {
		if a.option != "" {
			args = append(args, a.option[1:])
		}
		for _, r := range blocks(s.requests[a.name]) {
			union[r] = true
		}
	}
	s.good(args...)
	for _, a := range actions[1:] {
		a.check(s)
	}
	s.once()
	seen := map[string]bool{}
	for _, r := range blocks(fakecloud.Transcript(s.cloud.Requests())) {
		seen[r] = true
		if !union[r] {
			s.Errorf("unexpected request\n%s", r)
		}
	}
	for r := range union {
		if !seen[r] {
			s.Errorf("missing request\n%s", r)
		}
	}
	s.cmdline("quiet")
}

// blocks splits a transcript into requests.
func blocks(transcript string) []string {
	var list []string
	for line := range strings.Lines(transcript) {
		if strings.HasPrefix(line, " ") {
			list[len(list)-1] += line
		} else {
			list = append(list, line)
		}
	}
	return list
}

// once checks that each document was asked for once, and that the service was content with every request.
func (s *service) once() {
	s.Helper()
	seen := map[string]bool{}
	for _, r := range s.cloud.Requests() {
		text := fakecloud.Transcript([]fakecloud.Request{r})
		if seen[text] {
			s.Errorf("asked for again: %s", r)
		}
		seen[text] = true
		if r.Status != 200 && r.Status != 404 {
			s.Errorf("%s: status %d", r, r.Status)
		}
	}
}

func (s *service) sameAttributes() {
	s.same("attributes", s.read(out+"/a/attributes"), s.want.AttributesFile())
	s.sameMode(out+"/a/attributes", 0o644) // it is there even if it is empty
}

func (s *service) sameKeys() {
	s.same("keys", s.read(home+"/.ssh/authorized_keys.d/afterburn"), s.want.KeyFile())
}

func (s *service) sameHostname() {
	s.same("hostname", s.read(out+"/h/hostname"), s.want.HostnameFile())
	if _, err := os.Stat(out + "/h/hostname"); (err == nil) != s.want.HasHostname {
		s.Errorf("hostname file: %v", err)
	}
}

func (s *service) sameUnits() { s.sameFiles("units", s.files(out+"/units"), s.want.Units) }

func (s *service) sameProfiles() {
	s.sameFiles("profiles", s.files(out+"/nm"), s.want.Profiles)
	for name := range s.want.Profiles {
		s.sameMode(out+"/nm/"+name, 0o600)
	}
}

func (s *service) sameNetplan() {
	var want map[string]string
	if s.want.Netplan != "" {
		want = map[string]string{"50-afterburn.yaml": s.want.Netplan}
	}
	s.sameFiles("netplan", s.files(out+"/netplan"), want)
}

func (s *service) sameCheckIn() { s.sameRequests(s.want.CheckIn) }

// sameRequests compares what was told to the service.
func (s *service) sameRequests(want *fakecloud.Request) {
	s.Helper()
	var got []fakecloud.Request
	for _, r := range s.cloud.Requests() {
		if r.Method == "POST" || r.Method == "PATCH" {
			got = append(got, r)
		}
	}
	if want == nil {
		if len(got) > 0 {
			s.Errorf("unexpected %s", got[0])
		}
		return
	}
	if len(got) != 1 {
		s.Errorf("%d check-ins", len(got))
		return
	}
	if got[0].String() != want.String() || !bytes.Equal(got[0].Body, want.Body) {
		s.Errorf("check-in %s\n%s\nwant %s\n%s", got[0], got[0].Body, want, want.Body)
	}
	for k, v := range want.Header {
		if !slices.Equal(got[0].Header[k], v) {
			s.Errorf("check-in: %s is %q, want %q", k, got[0].Header[k], v)
		}
	}
}

// report asks for the report, and nothing else.
func (s *service) report() {
	s.clean()
	s.cloud.ClearRequests()
	r := s.good("multi", "--provider="+s.provider, "--json")
	var got struct {
		Provider, Hostname string
		Attributes         map[string]string
		Keys               []string          `json:"ssh_keys"`
		Units              map[string]string `json:"network_units"`
		Profiles           map[string]string `json:"networkmanager_profiles"`
		Netplan            string            `json:"netplan_config"`
	}
	if err := json.Unmarshal([]byte(r.stdout), &got); err != nil || strings.Count(r.stdout, "\n") != 1 {
		s.Errorf("the report is %q", r.stdout)
		return
	}
	want := map[string]string{}
	for k, v := range s.want.Attributes {
		want["AFTERBURN_"+k] = v
	}
	s.sameFiles("report: attributes", got.Attributes, want)
	s.sameFiles("report: units", got.Units, s.want.Units)
	s.sameFiles("report: profiles", got.Profiles, s.want.Profiles)
	if got.Provider != s.provider || got.Hostname != s.want.Hostname || got.Netplan != s.want.Netplan || !slices.Equal(got.Keys, s.want.Keys) {
		s.Errorf("the report is\n%s", r.stdout)
	}
	s.once()
	s.sameFiles("report", s.files(out), nil)
	s.sameRequests(nil)
}

// kargs asks for kernel arguments, which these providers do not have. They are not even asked.
func (s *service) kargs() {
	s.clean()
	s.cloud.ClearRequests()
	s.good("exp", "rd-network-kargs", "--provider="+s.provider, "--default-value", "ip=auto")
	s.same("network arguments", s.read(kargsFile), "ip=auto\n")
	if n := len(s.cloud.Requests()); n > 0 {
		s.Errorf("%d requests for network arguments", n)
	}
}
