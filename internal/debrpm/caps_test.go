package debrpm

import (
	"bytes"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// TestCapText reads back what it wrote with the parser that rpm's packages are read with.
func TestCapText(t *testing.T) {
	for text, want := range map[string]string{
		"cap_net_raw=ep":                              "cap_net_raw=ep",
		"cap_net_admin,cap_net_raw=p":                 "cap_net_admin,cap_net_raw=p",
		"cap_setuid=i":                                "cap_setuid=i",
		"cap_bpf,cap_chown=eip cap_kill=ep":           "cap_kill=ep cap_chown,cap_bpf=eip",
		"cap_checkpoint_restore,cap_dac_override=eip": "cap_dac_override,cap_checkpoint_restore=eip",
	} {
		xattr, err := rpm.ParseCaps(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := capText(xattr)
		if err != nil || got != want {
			t.Errorf("%s: %q, %v", text, got, err)
		}
		if again, err := rpm.ParseCaps(got); err != nil || !bytes.Equal(again, xattr) {
			t.Errorf("%s: %q becomes %x, %v instead of %x", text, got, again, err, xattr)
		}
	}
	if _, err := capText([]byte("short")); err == nil {
		t.Error("no error for a short attribute")
	}
}
