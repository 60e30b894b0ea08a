package bootloader

import (
	"context"
	"slices"
	"strings"
	"testing"
)

type lastCommand struct{ Command }

func (l *lastCommand) Run(_ context.Context, c Command) error {
	l.Command = c
	return nil
}

func FuzzSyslinux(f *testing.F) {
	for _, text := range []string{
		"", "\n\nPROMPT 0\nDEFAULT x\nLABEL x\n\tKERNEL /k\n\tAPPEND a\n\nTIMEOUT 1\n",
		"DEFAULT T (ostree:0)\nLABEL T (ostree:0)\n\tKERNEL /boot/ostree/o/k\nLABEL r\n\tCOM32 r.c32\n", "LABEL \n\tKERNEL ", "LABEL \n\tLINUX\nLABEL \n\tMENU",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		kept, _, err := foreignLines(text)
		if err != nil {
			return
		}
		// What is kept is in the text, in order, and all that is missing is a
		// default or in a block.
		rest := strings.Split(text, "\n")
		for _, line := range kept {
			i := slices.Index(rest, line)
			if i < 0 {
				t.Fatalf("%q is not in the text, or not there", line)
			}
			rest = rest[i+1:]
		}
		// Once rewritten, it stays as it is.
		once := joinLines(kept)
		again, own, err := foreignLines(once)
		if err != nil || !own {
			t.Fatalf("kept %q, which gives %v, default %v", once, err, own)
		}
		third, _, err := foreignLines(joinLines(again))
		if err != nil || joinLines(third) != joinLines(again) {
			t.Fatalf("%q becomes %q, %v", joinLines(again), joinLines(third), err)
		}
	})
}
