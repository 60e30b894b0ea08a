package ostree

import (
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
)

func FuzzSummaryText(f *testing.F) {
	ref := func(name string) gvariant.Value {
		md := &object.Dict{}
		md.Set(SummaryRefKeyTimestamp, gvariant.NewUint64BE(1700000000))
		md.Set(SummaryRefKeyVersion, gvariant.NewString("1"))
		return gvariant.NewTuple(gvariant.NewString(name),
			gvariant.NewTuple(gvariant.NewUint64(174), gvariant.NewByteArray(make([]byte, 32)), md.Value()))
	}
	md := &object.Dict{}
	md.Set(SummaryKeyMode, gvariant.NewString("archive-z2"))
	md.Set(SummaryKeyLastModified, gvariant.NewUint64BE(1700000000))
	md.Set(SummaryKeyTombstones, gvariant.NewBool(true))
	list := gvariant.NewArray(summaryRefsType.Elem(), ref("a"), ref("b/c"))
	f.Add(gvariant.NewTuple(list, md.Value()).Bytes())
	md.Set(SummaryKeyCollectionID, gvariant.NewString("org.example.A"))
	md.Set(SummaryKeyCollectionMap, gvariant.NewArray(summaryCollectionItemType, gvariant.NewDictEntry(gvariant.NewString("org.example.B"), list)))
	f.Add(gvariant.NewTuple(list, md.Value()).Bytes())
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ParseSummary(data)
		if err != nil {
			return
		}
		text := s.Text(time.UTC)
		for _, ref := range s.Refs() {
			if !strings.Contains(text, ref.Ref) || !strings.Contains(text, ref.Checksum.String()) {
				t.Fatalf("%q is not in\n%s", ref.Ref, text)
			}
			if got, ok := s.Lookup(ref.CollectionRef); ok && got.Ref != ref.Ref {
				t.Fatalf("looked for %s, found %s", ref.Ref, got.Ref)
			} else if !ok && ascending(s.Refs()) {
				t.Fatalf("%s is not found", ref.CollectionRef)
			}
		}
	})
}

// ascending tells whether each list of refs is sorted, as the format wants it, without repetitions.
func ascending(refs []SummaryRef) bool {
	for i := 1; i < len(refs); i++ {
		if refs[i].Collection == refs[i-1].Collection && refs[i].Ref <= refs[i-1].Ref {
			return false
		}
	}
	return true
}
