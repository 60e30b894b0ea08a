package ostree

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/internal/humansize"
)

// Text returns what "ostree summary -v" prints of a summary: a paragraph for each ref, then the metadata. Dates
// are shown in loc; nil is the local time zone.
func (s *Summary) Text(loc *time.Location) string {
	if loc == nil {
		loc = time.Local
	}
	var b strings.Builder
	writeSummaryRefs(&b, s.CollectionID(), s.main, loc)
	for _, id := range s.otherCollections() {
		writeSummaryRefs(&b, id, s.maps[id], loc)
	}
	for item := range s.Metadata().Children() {
		key, value := item.Child(0).Str(), item.Child(1).Variant()
		writeSummaryEntry(&b, "", key, value, loc)
	}
	return b.String()
}

// otherCollections lists the collections of the collection map as they stand in the file.
func (s *Summary) otherCollections() []string {
	m, ok := s.Metadata().LookupType(SummaryKeyCollectionMap, summaryCollectionsType)
	if !ok {
		return nil
	}
	var out []string
	for item := range m.Children() {
		if id := item.Child(0).Str(); !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

func writeSummaryRefs(b *strings.Builder, collection string, list gvariant.Value, loc *time.Location) {
	for item := range list.Children() {
		ref := summaryRef(collection, item)
		name := ref.Ref
		if collection != "" {
			name = ref.CollectionRef.String()
		}
		fmt.Fprintf(b, "* %s\n    Latest Commit (%s):\n      %s\n", name, humansize.Format(ref.CommitSize), ref.Checksum)
		for entry := range ref.Metadata.Children() {
			writeSummaryEntry(b, "    ", entry.Child(0).Str(), entry.Child(1).Variant(), loc)
		}
		b.WriteByte('\n')
	}
}

// writeSummaryEntry writes one line of metadata. Keys that are known get a name, values that have the type
// which belongs to the key the form that people read.
func writeSummaryEntry(b *strings.Builder, indent, key string, value gvariant.Value, loc *time.Location) {
	title, text := summaryEntry(key, value, loc)
	if title == "" {
		fmt.Fprintf(b, "%s%s: %s\n", indent, key, text)
		return
	}
	fmt.Fprintf(b, "%s%s (%s): %s\n", indent, title, key, text)
}

func summaryEntry(key string, value gvariant.Value, loc *time.Location) (title, text string) {
	text = value.Text(false)
	switch key {
	case SummaryRefKeyTimestamp:
		return "Timestamp", summaryDate(value, loc)
	case SummaryKeyLastModified:
		return "Last-Modified", summaryDate(value, loc)
	case SummaryKeyExpires:
		return "Expires", summaryDate(value, loc)
	case SummaryRefKeyVersion:
		return "Version", bareString(value)
	case SummaryKeyMode:
		return "Repository Mode", bareString(value)
	case SummaryKeyCollectionID:
		return "Collection ID", bareString(value)
	case SummaryKeyCollectionMap:
		return "Collection Map", "(printed above)"
	case SummaryKeyStaticDeltas:
		return "Static Deltas", text
	case SummaryKeyTombstones:
		if value.Type() == gvariant.TypeBool {
			text = "No"
			if value.Bool() {
				text = "Yes"
			}
		}
		return "Has Tombstone Commits", text
	}
	return "", text
}

func bareString(v gvariant.Value) string {
	if v.Type() != gvariant.TypeString {
		return v.Text(false)
	}
	return v.Str()
}

// summaryDate shows seconds since 1970 in ISO 8601, with no more of the offset than it takes: +00, +05:30.
func summaryDate(v gvariant.Value, loc *time.Location) string {
	if v.Type() != "t" {
		return v.Text(false)
	}
	seconds := v.Uint64BE()
	if seconds > maxDate {
		return fmt.Sprint(seconds)
	}
	t := time.Unix(int64(seconds), 0).In(loc)
	_, offset := t.Zone()
	format := "2006-01-02T15:04:05-07"
	switch {
	case offset%60 != 0:
		format = "2006-01-02T15:04:05-07:00:00"
	case offset%3600 != 0:
		format = "2006-01-02T15:04:05-07:00"
	}
	return t.Format(format)
}
