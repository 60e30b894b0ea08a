package optical

import (
	"bytes"
	"testing"
)

// FuzzDetect wants a name it knows, and UDF only with its descriptors.
func FuzzDetect(f *testing.F) {
	f.Add([]byte("\x01CD001\x02BEA01\x02NSR02\x02TEA01"))
	f.Add([]byte("\x02BEA01\x02NSR03"))
	f.Fuzz(func(t *testing.T, ids []byte) {
		image := make([]byte, start, start+len(ids)/6*sector)
		for ; len(ids) >= 6; ids = ids[6:] {
			image = append(image, ids[:6]...)
			image = append(image, make([]byte, sector-6)...)
		}
		switch got := Detect(bytes.NewReader(image)); got {
		case "":
		case ISO9660:
			if !bytes.Contains(image, []byte("CD001")) {
				t.Error("no ISO 9660")
			}
		case UDF:
			if !bytes.Contains(image, []byte("BEA01")) || !bytes.Contains(image, []byte("NSR0")) {
				t.Error("no UDF")
			}
		default:
			t.Errorf("unknown file system %q", got)
		}
	})
}
