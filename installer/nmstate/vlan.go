package nmstate

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// vlan is the section of that name of an interface.
type vlan struct {
	base            string
	id              uint64
	protocol        string
	flags           int
	ingress, egress string
}

// Flags of a VLAN, as NetworkManager numbers them.
const (
	vlanReorderHeaders = 1
	vlanGVRP           = 2
	vlanLooseBinding   = 4
	vlanMVRP           = 8
)

func parseVLAN(o *object) *vlan {
	if o == nil {
		return nil
	}
	v := &vlan{base: o.text("base-iface"), flags: vlanReorderHeaders}
	if v.base == "" {
		o.fail(o.value, "missing field `base-iface`")
	}
	o.require("id")
	if id := o.uint("id", 16); id != nil {
		if v.id = *id; v.id > 4094 {
			o.fail(o.value, "id: %d is out of range", v.id)
		}
	}
	v.protocol = o.enum("protocol", "802.1Q|802.1q", "802.1ad")
	switch o.enum("registration-protocol", "gvrp", "mvrp", "none") {
	case "gvrp":
		v.flags |= vlanGVRP
	case "mvrp":
		v.flags |= vlanMVRP
	}
	if reorder := o.bool("reorder-headers"); reorder != nil && !*reorder {
		v.flags &^= vlanReorderHeaders
	}
	if o.isTrue("loose-binding") {
		v.flags |= vlanLooseBinding
	}
	v.ingress = parsePriorities(o, "ingress-qos-map", "from")
	v.egress = parsePriorities(o, "egress-qos-map", "to")
	o.end()
	return v
}

// parsePriorities reads a map between priorities of the kernel, which are numbers of 32 bits,
// and those in packets, the field limited, which are 0 to 7.
func parsePriorities(o *object, name, limited string) string {
	maps, _ := o.objects(name)
	var pairs [][2]uint64
	for _, m := range maps {
		m.require("from", "to")
		from, to := m.uint("from", 32), m.uint("to", 32)
		m.end()
		if from == nil || to == nil {
			continue
		}
		if (limited == "from" && *from > 7) || (limited == "to" && *to > 7) {
			m.fail(m.value, "the maximum VLAN priority is 7")
		}
		pairs = append(pairs, [2]uint64{*from, *to})
	}
	sort.Slice(pairs, func(i, j int) bool {
		if pairs[i][0] != pairs[j][0] {
			return pairs[i][0] < pairs[j][0]
		}
		return pairs[i][1] < pairs[j][1]
	})
	var list []string
	for _, p := range pairs {
		list = append(list, fmt.Sprintf("%d:%d", p[0], p[1]))
	}
	return strings.Join(list, ";")
}

func (v *vlan) section() *section {
	if v == nil {
		return nil
	}
	s := newSection("vlan")
	s.set("flags", strconv.Itoa(v.flags))
	s.setUint("id", &v.id)
	s.set("parent", v.base)
	s.set("protocol", v.protocol)
	s.set("ingress-priority-map", v.ingress)
	s.set("egress-priority-map", v.egress)
	return s
}
