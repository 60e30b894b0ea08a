package netconf_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/afterburn/netconf"
)

const limit = 256 << 10

// fill repeats text up to the size limit of documents.
func fill(before, text, after string) string {
	n := (limit - len(before) - len(after)) / len(text)
	return before + strings.Repeat(text, n) + after
}

// TestBounds: documents made to be expensive cost little and are refused where they
// stand for more than they are.
func TestBounds(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 9), ","))
	}
	var ids strings.Builder
	for n := 0; ids.Len() < limit-40; n++ {
		fmt.Fprintf(&ids, "x%d: {},", n)
	}
	for name, doc := range map[string]string{
		"too long":     strings.Repeat(" ", limit+1),
		"alias bomb":   bomb + "config: *j\n",
		"alias loop":   "config: &a [*a]",
		"deep list":    "config: " + strings.Repeat("[", 20000),
		"deep blocks":  fill("config:\n", "- ", "x"),
		"deep mapping": "config: " + strings.Repeat("{a: ", 20000),
		"deep JSON":    `{"config":` + strings.Repeat("[", 100000),
		"many values":  fill("config: [", "1,", "]"),
	} {
		for format, f := range formats {
			if _, err := f.parse([]byte(doc), nil); err == nil || !errors.Is(err, netconf.ErrDecode) {
				t.Errorf("%s of %s: %v", format, name, err)
			}
		}
	}
	for name, doc := range map[string]string{
		"ids":        "ethernets: {" + ids.String() + "}",
		"entries":    fill("config: [", "{type: physical, name: a},", "]"),
		"servers":    fill("config: [{type: physical, name: a, subnets: [{type: dhcp, dns_nameservers: ['::1'", ",'1::'", "]}]}]"),
		"nameserver": fill("config: [{type: physical, name: a}, {type: nameserver, address: ['::1'", ",'1::'", "]}]"),
	} {
		if _, err := netconf.ParseNoCloud([]byte(doc), nil); err == nil || errors.Is(err, netconf.ErrDecode) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, doc := range map[string]string{
		"interfaces": "config: [" + strings.Repeat("{type: physical, name: a, subnets: [{type: dhcp}]},", 1000) + "{type: nameserver, address: [" + strings.Repeat("'::1',", 250) + "]}]",
		"addresses":  fill(`{"ethernets": {"e": {"addresses": ["::1"`, `,"1::"`, `]}}}`),
	} {
		start := time.Now()
		c, err := netconf.ParseNoCloud([]byte(doc), nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := c.Networkd(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		c.Kargs(netconf.KubeVirtKargs)
		c.Netplan(netconf.NetplanOptions{})
		if d := time.Since(start); d > time.Minute {
			t.Errorf("%s take %v", name, d)
		}
	}
}

// TestMemory: the dearest document of the size limit takes some tens of MiB in all.
func TestMemory(t *testing.T) {
	for name, doc := range map[string]string{
		"scalars":  fill("[", "a,", "]"),
		"mappings": fill("config: [", "{},", "]"),
		"keys":     fill("{", "a: b,", "}"),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = netconf.ParseNoCloud([]byte(doc), nil)
		runtime.ReadMemStats(&after)
		if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got > 200 {
			t.Errorf("%s: %d MiB allocated", name, got)
		} else {
			t.Logf("%s: %d MiB allocated in all", name, got)
		}
	}
}
