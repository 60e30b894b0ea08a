package nmstate

import (
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// bridge is the section of that name of an interface of type linux-bridge.
type bridge struct {
	options *section // [bridge]
	pvid    uint64   // 0 if there is none
	listed  bool     // there is a list of ports, maybe an empty one
	ports   []*bridgePort
	byName  map[string]*bridgePort
}

type bridgePort struct {
	name     string
	settings *section // [bridge-port]
	vlan     bool     // asks for VLAN filtering
	ignored  bool     // the interface is left alone
}

// vlanRange is an entry of the VLAN list of a port.
type vlanRange struct {
	first, last uint64
	native      bool
}

func parseBridge(o *object) *bridge {
	b := &bridge{options: newSection("bridge"), byName: map[string]*bridgePort{}}
	if o == nil {
		return b
	}
	o.bool("allow-extra-ports") // tells only how to compare with a running system
	if options := o.sub("options"); options != nil {
		b.parseOptions(options)
	}
	ports, listed := o.objects("port", "ports")
	b.listed = listed
	for _, o := range ports {
		p := parseBridgePort(o)
		b.ports = append(b.ports, p)
		b.byName[p.name] = p
	}
	o.end()
	return b
}

func (b *bridge) parseOptions(o *object) {
	s := b.options
	s.setUint("group-forward-mask", o.uint("group-forward-mask", 16))
	if mask := o.uint("group-fwd-mask", 16); mask != nil {
		if old := s.values["group-forward-mask"]; old != "" && old != strconv.FormatUint(*mask, 10) {
			o.fail(o.value, "group-forward-mask and group-fwd-mask differ")
		}
		s.setUint("group-forward-mask", mask)
	}
	s.setUint("multicast-hash-max", o.uint("hash-max", 32))
	s.setUint("ageing-time", o.uint("mac-ageing-time", 32))
	for _, name := range []string{"multicast-last-member-count", "multicast-startup-query-count"} {
		s.setUint(name, o.uint(name, 32))
	}
	for _, name := range []string{"multicast-last-member-interval", "multicast-membership-interval", "multicast-querier-interval",
		"multicast-query-interval", "multicast-query-response-interval", "multicast-startup-query-interval"} {
		s.setUint(name, o.uint(name, 64))
	}
	for _, name := range []string{"multicast-querier", "multicast-query-use-ifaddr", "multicast-snooping"} {
		s.setBool(name, o.bool(name))
	}
	s.set("multicast-router", o.enum("multicast-router", "disabled|0", "auto|1", "enabled|2"))
	s.set("vlan-protocol", o.enum("vlan-protocol", "802.1Q|802.1q", "802.1ad"))
	if pvid := o.uint("vlan-default-pvid", 16); pvid != nil {
		b.pvid = *pvid
		s.setUint("vlan-default-pvid", pvid)
	}
	if stp := o.sub("stp"); stp != nil {
		s.setBool("stp", stp.bool("enabled"))
		s.setUint("forward-delay", stp.uint("forward-delay", 8))
		s.setUint("hello-time", stp.uint("hello-time", 8))
		s.setUint("max-age", stp.uint("max-age", 8))
		s.setUint("priority", stp.uint("priority", 16))
		stp.end()
	}
	o.ignore("gc-timer", "hello-timer")
	o.unsupported("group-addr")
	o.end()
}

func parseBridgePort(o *object) *bridgePort {
	o.require("name")
	p := &bridgePort{name: o.text("name"), settings: newSection("bridge-port")}
	if err := checkName(p.name); err != nil {
		o.fail(o.value, "%w", err)
	}
	p.settings.setBool("hairpin-mode", o.bool("stp-hairpin-mode"))
	p.settings.setUint("path-cost", o.uint("stp-path-cost", 32))
	p.settings.setUint("priority", o.uint("stp-priority", 16))
	if v := o.sub("vlan"); v != nil {
		p.vlan = len(v.value.keys) > 0
		p.settings.set("vlans", parsePortVLAN(v))
	}
	o.end()
	return p
}

func parsePortVLAN(o *object) string {
	mode := o.enum("mode", "trunk", "access")
	native := o.isTrue("enable-native")
	tag := o.uint("tag", 16)
	ranges := parseTrunkTags(o)
	o.end()
	switch {
	case mode == "" && (tag != nil || native || len(ranges) > 0):
		o.fail(o.value, "VLAN filtering without mode is %w", ErrNotSupported)
	case mode == "trunk" && tag != nil && !native:
		o.fail(o.value, "`tag` cannot be used in trunk mode without `enable-native`")
	case mode == "trunk" && len(ranges) == 0:
		o.fail(o.value, "trunk mode cannot have empty trunk-tags")
	case mode == "access" && native:
		o.fail(o.value, "`enable-native: true` cannot be set in access mode")
	case mode == "access" && len(ranges) > 0:
		o.fail(o.value, "access mode cannot have trunk-tags defined")
	}
	if tag != nil {
		ranges = append(ranges, vlanRange{first: *tag, last: *tag, native: true})
	}
	return formatVLANs(ranges)
}

func parseTrunkTags(o *object) []vlanRange {
	tags, _ := o.objects("trunk-tags")
	var ranges []vlanRange
	for _, t := range tags {
		var r vlanRange
		if id := t.uint("id", 16); id != nil {
			r = vlanRange{first: *id, last: *id}
		} else if span := t.sub("id-range"); span != nil {
			span.require("min", "max")
			if from, to := span.uint("min", 16), span.uint("max", 16); from != nil && to != nil {
				r = vlanRange{first: *from, last: *to}
			}
			span.end()
		} else {
			t.fail(t.value, "missing field `id` or `id-range`")
		}
		t.end()
		if r.first > r.last {
			t.fail(t.value, "range %d-%d runs backwards", r.first, r.last)
		}
		ranges = append(ranges, r)
	}
	sorted := append([]vlanRange(nil), ranges...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].first < sorted[j].first })
	for n := 1; n < len(sorted); n++ {
		if sorted[n].first <= sorted[n-1].last {
			o.fail(o.value, "trunk tag %d is overlapping with another one", sorted[n].first)
		}
	}
	return ranges
}

func formatVLANs(ranges []vlanRange) string {
	sort.SliceStable(ranges, func(i, j int) bool { return ranges[i].first < ranges[j].first })
	var list []string
	for _, r := range ranges {
		text := strconv.FormatUint(r.first, 10)
		if r.last != r.first {
			text = fmt.Sprintf("%d-%d", r.first, r.last)
		}
		if r.native {
			text += " pvid untagged"
		}
		list = append(list, text)
	}
	return strings.Join(list, ",")
}

func (b *bridge) filtering() bool {
	for _, p := range b.ports {
		if p.vlan && !p.ignored {
			return true
		}
	}
	return false
}

func (b *bridge) portNames() []string {
	var names []string
	for _, p := range b.ports {
		names = append(names, p.name)
	}
	return names
}

func (b *bridge) check() error {
	if b != nil && b.pvid > 1 && !b.filtering() {
		return errors.New("vlan-default-pvid is not 1 but VLAN filtering is not enabled")
	}
	return nil
}

func (b *bridge) section() *section {
	if b.listed {
		filtering := b.filtering()
		b.options.setBool("vlan-filtering", &filtering)
	}
	return b.options
}

// portSection is nil for ports that are not in the list.
func (b *bridge) portSection(name string) *section {
	if b == nil {
		return nil
	}
	if p := b.byName[name]; p != nil {
		return p.settings
	}
	return nil
}
