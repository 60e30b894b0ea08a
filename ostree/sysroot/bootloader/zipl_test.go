package bootloader

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
)

func TestZiplMachine(t *testing.T) {
	testutil.Root(t)
	for name, c := range map[string]struct {
		files map[string]string
		want  string // the argument of --secure; empty is ErrNotSupported
	}{
		"nothing known":       {nil, "auto"},
		"no secure boot":      {map[string]string{"sys/firmware/ipl/secure": "0\n"}, "auto"},
		"secure boot":         {map[string]string{"sys/firmware/ipl/secure": "1\n"}, "1"},
		"secure by message":   {map[string]string{"dev/kmsg": "5,1,2,-;setup: Linux is running with Secure-IPL enabled\n"}, "1"},
		"other messages":      {map[string]string{"dev/kmsg": "5,1,2,-;setup: Linux\n"}, "auto"},
		"flag before message": {map[string]string{"sys/firmware/ipl/secure": "0\n", "dev/kmsg": "Secure-IPL enabled\n"}, "auto"},
		"no SE":               {map[string]string{"sys/firmware/uv/prot_virt_guest": "0\n"}, "auto"},
		"SE":                  {map[string]string{"sys/firmware/uv/prot_virt_guest": "1\n"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			host, sysroot := t.TempDir(), t.TempDir()
			for name, text := range c.files {
				name = filepath.Join(host, name)
				if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Mkdir(filepath.Join(sysroot, "boot"), 0o755); err != nil {
				t.Fatal(err)
			}
			dir, err := os.Open(sysroot)
			if err != nil {
				t.Fatal(err)
			}
			defer dir.Close()
			rec := &lastCommand{}
			req := &Request{Sysroot: dir, Path: sysroot, Booted: true, Runner: rec}
			z := &zipl{host: host}
			if err := z.Write(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			err = z.PostSync(t.Context(), req)
			if c.want == "" {
				if !errors.Is(err, ErrNotSupported) || err.Error() != "zipl: s390x Secure Execution: not supported" {
					t.Errorf("error %v", err)
				}
			} else if err != nil || rec.Args[1] != c.want {
				t.Errorf("--secure %q, %v, want %q", rec.Args, err, c.want)
			}
		})
	}
}
