package cloudtest

import (
	"strings"
	"testing"
)

// TestPlatformID reads kernel command lines.
func TestPlatformID(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	for line, id := range map[string]string{
		"BOOT_IMAGE=x ignition.platform.id=aws quiet":                             "aws",
		"ignition.platform.id= ignition.platform.id=gcp ignition.platform.id=aws": "gcp",
		"ignition.platform.id=\tgcp":                                              "gcp",
		"\"ignition.platform.id=gcp\"":                                            "",
		"x.ignition.platform.id=gcp":                                              "",
		"ignition.platform.id":                                                    "",
		"flatcar.oem.id=gcp":                                                      "",
		"ignition.platform.id=qemu":                                               "qemu",
	} {
		m.cmdline(line)
		if id == "" {
			const chain = "failed to run\n\nCaused by:\n    Couldn't find flag 'ignition.platform.id' in cmdline file (/proc/cmdline)\n"
			m.bad(chain, "--cmdline")
			m.bad(chain, "exp", "rd-network-kargs", "--cmdline", "--default-value=x")
			m.bad(chain, "render-ignition", "--cmdline", "--render-ignition-dir="+out)
			continue
		}
		// The one message that tells which provider it is.
		m.bad("got '"+id+"'\n", "render-ignition", "--cmdline", "--render-ignition-dir="+out)
		if id == "qemu" {
			m.bad("    0: fetching metadata from provider\n    1: unknown provider 'qemu'\n", "--cmdline")
		}
		m.good("exp", "rd-network-kargs", "--cmdline", "--default-value=x")
		m.same("network arguments", m.read(kargsFile), "x\n")
		m.clean()
	}
}

// TestUsage: wrong usage is an error like others, and nothing is done.
func TestUsage(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	for line, want := range map[string]string{
		"": "the following required arguments were not provided:\n  <--cmdline|--provider <name>>\n", "--provider=vultr --nosuch": "unexpected argument '--nosuch' found\n",
		"--provider=vultr --cmdline": "the argument '--provider <name>' cannot be used with '--cmdline'\n", "bogus": "unrecognized subcommand 'bogus'\n",
		"exp rd-network-kargs --cmdline": "the following required arguments were not provided:\n  --default-value <args>\n",
		"--provider":                     "a value is required for '--provider <name>' but none was supplied\n",
	} {
		r := m.run(strings.Fields(line)...)
		if r.code != 1 || r.stdout != "" || !strings.HasPrefix(r.log, "Error: error: "+want) {
			t.Errorf("%q: exit %d\n%s%s", line, r.code, r.stdout, r.log)
		}
	}
	for line, want := range map[string]string{
		"--version": "Afterburn-multi ", "exp --version": "Afterburn-exp ", "--help": "Perform multiple tasks in a single call\n", "help": "", "-h": "", "-V": "",
	} {
		if r := m.run(strings.Fields(line)...); r.code != 0 || r.log != "" || r.stdout == "" || !strings.HasPrefix(r.stdout, want) {
			t.Errorf("%q: exit %d\n%s%s", line, r.code, r.stdout, r.log)
		}
	}
}

// TestKargsFile: the directory must be there, and what is in the file goes.
func TestKargsFile(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	kargs := func(value string) []string {
		return []string{"exp", "rd-network-kargs", "--provider=aws", "--default-value", value}
	}
	m.write(kargsFile, "ip=old with more\n")
	m.good(kargs("ip=auto rd.neednet=1")...)
	m.same("network arguments", m.read(kargsFile), "ip=auto rd.neednet=1\n")
	m.sameMode(kargsFile, 0o644)
	m.good(kargs("")...)
	m.same("no network arguments", m.read(kargsFile), "\n")
	m.cmdline("quiet ip=dhcp")
	r := m.good(kargs("ip=auto")...)
	m.same("arguments that the kernel has", m.read(kargsFile), "\n")
	if !strings.Contains(r.log, " WARN kernel cmdline already specifies network arguments, skipping\n") {
		t.Errorf("log is\n%s", r.log)
	}
	m.cmdline("quiet")
	m.command("rm", "-r", "/etc/cmdline.d")
	m.bad("No such file or directory (os error 2)\n", kargs("ip=auto")...)
}
