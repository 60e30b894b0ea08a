package debrpm_test

import (
	"testing"

	"github.com/nestos-dev/nestos/internal/debrpm"
)

func TestSplitVersion(t *testing.T) {
	for in, want := range map[string][3]string{
		"1.2":                     {"", "1.2", ""},
		"1.2-3":                   {"", "1.2", "3"},
		"1:2.66-4+deb12u3+b1":     {"1", "2.66", "4+deb12u3+b1"},
		"0~20171227-0.3+deb12u1":  {"", "0~20171227", "0.3+deb12u1"},
		"2:1.0-rc1-2~bpo":         {"2", "1.0_rc1", "2~bpo"},
		"2.4+20151223.gitfa8-2":   {"", "2.4+20151223.gitfa8", "2"},
		"1:1:2-3":                 {"1", "1_2", "3"},
		"6.1.192-2":               {"", "6.1.192", "2"},
		"1.5.4+dfsg2-5":           {"", "1.5.4+dfsg2", "5"},
		"5.3.28+dfsg2-1":          {"", "5.3.28+dfsg2", "1"},
		"3.134":                   {"", "3.134", ""},
		"37~deb12u1":              {"", "37~deb12u1", ""},
		"1.20.1-2+deb12u5~really": {"", "1.20.1", "2+deb12u5~really"},
	} {
		var got [3]string
		if got[0], got[1], got[2] = debrpm.SplitVersion(in); got != want {
			t.Errorf("%s: %q instead of %q", in, got, want)
		}
	}
}

func TestArch(t *testing.T) {
	for in, want := range map[string]string{"all": "noarch", "amd64": "x86_64", "arm64": "aarch64", "loong64": "loongarch64", "riscv64": "riscv64"} {
		if got := debrpm.Arch(in); got != want {
			t.Errorf("%s: %s instead of %s", in, got, want)
		}
	}
}
