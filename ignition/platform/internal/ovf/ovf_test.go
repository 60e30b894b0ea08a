package ovf

import (
	"bytes"
	"encoding/xml"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	data     = "guestinfo.ignition.config.data"
	encoding = "guestinfo.ignition.config.data.encoding"
)

// In the documents a line with "drop" is the element that Remove cuts out.
var documents = map[string]string{
	"vSphere": `<?xml version="1.0" encoding="UTF-8"?>
<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:oe="http://schemas.dmtf.org/ovf/environment/1"
  xmlns:ve="http://www.vmware.com/schema/ovfenv" oe:id="" ve:vCenterId="vm-1">
  <PlatformSection><Kind>VMware ESXi</Kind><Locale>en</Locale></PlatformSection>
  <PropertySection>
    <Property oe:key="hostname" oe:value="a &amp; b"/>
    <!-- comments stay -->
    <Property oe:key="guestinfo.ignition.config.data" oe:value="drop &lt;1&gt;"/>
    <Property oe:value="drop 2" oe:key="guestinfo.ignition.config.data.encoding"><any/></Property>
  </PropertySection>
  <PropertySection>
    <Property oe:key="guestinfo.ignition.config.data" oe:value="drop 3"></Property>
  </PropertySection>
  <ve:EthernetAdapterSection><ve:Adapter ve:mac="00:00:00:00:00:00"/></ve:EthernetAdapterSection>
</Environment>
trailing`,
	"own prefixes": `<o:Environment xmlns:o="http://schemas.dmtf.org/ovf/environment/1">
  <o:PropertySection>
    <o:Property key="guestinfo.ignition.config.data" value="drop 1"/>
    <o:Property o:key="hostname" o:value="x"/>
  </o:PropertySection>
</o:Environment>`,
	"others of the same name": `<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:oe="http://schemas.dmtf.org/ovf/environment/1" xmlns:ex="urn:x">
  <Other><PropertySection><Property oe:key="guestinfo.ignition.config.data" oe:value="keep"/></PropertySection></Other>
  <ex:PropertySection>
    <Property oe:key="guestinfo.ignition.config.data" oe:value="keep"/>
  </ex:PropertySection>
  <PropertySection>
    <ex:Property oe:key="guestinfo.ignition.config.data" oe:value="keep"/>
    <Property ex:key="guestinfo.ignition.config.data" oe:value="keep"/>
    <Other><Property oe:key="guestinfo.ignition.config.data" oe:value="keep"/></Other>
    <Property oe:key="hostname" oe:value="x" ex:value="y"/>
  </PropertySection>
</Environment>`,
}

func TestProperties(t *testing.T) {
	for name, want := range map[string]map[string]string{
		"vSphere":                 {"hostname": "a & b", data: "drop 3", encoding: "drop 2"},
		"own prefixes":            {"hostname": "x", data: "drop 1"},
		"others of the same name": {"hostname": "x"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Properties([]byte(documents[name]))
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func TestRemove(t *testing.T) {
	for name, doc := range documents {
		t.Run(name, func(t *testing.T) {
			var want []string
			for line := range strings.SplitSeq(doc, "\n") {
				if strings.Contains(line, "drop") {
					line = line[:strings.Index(line, "<")]
				}
				want = append(want, line)
			}
			got, removed, err := Remove([]byte(doc), data, encoding)
			require.NoError(t, err)
			require.Equal(t, strings.Contains(doc, "drop"), removed)
			require.Equal(t, strings.Join(want, "\n"), string(got))
		})
	}
}

func TestRefuses(t *testing.T) {
	for name, doc := range map[string]string{
		"nothing":     "",
		"no element":  "just text",
		"cut off":     documents["vSphere"][:400],
		"mismatch":    "<Environment></Other>",
		"wrong bytes": "<Environment>\xff</Environment>",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Properties([]byte(doc))
			require.Error(t, err)
			_, _, err = Remove([]byte(doc), data)
			require.ErrorContains(t, err, "parsing OVF environment: ")
		})
	}
	_, err := Properties(make([]byte, MaxSize+1))
	require.ErrorIs(t, err, ErrTooLarge)
}

func FuzzRemove(f *testing.F) {
	for _, doc := range slices.Sorted(maps.Values(documents)) {
		f.Add([]byte(doc))
	}
	f.Add([]byte(`<Environment><PropertySection><Property key="guestinfo.ignition.config.data"/></PropertySection></Environment>`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		before, err := Properties(doc)
		got, removed, removeErr := Remove(doc, data)
		if (err == nil) != (removeErr == nil) {
			t.Fatalf("reading: %v, removing: %v", err, removeErr)
		}
		if err != nil {
			return
		}
		if _, had := before[data]; had != removed {
			t.Fatalf("had %v, removed %v", had, removed)
		}
		if !removed && !bytes.Equal(got, doc) {
			t.Fatal("changed without need")
		}
		after, err := Properties(got)
		if err != nil {
			t.Fatalf("damaged: %v", err)
		}
		delete(before, data)
		if !maps.Equal(before, after) {
			t.Fatalf("%v became %v", before, after)
		}
		if err := xml.Unmarshal(got, new(struct{})); err != nil {
			t.Fatal(err)
		}
	})
}
