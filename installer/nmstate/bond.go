package nmstate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// bond is the section "link-aggregation" of an interface.
type bond struct {
	mode    string
	ports   []string
	listed  bool // there is a list of ports, maybe an empty one
	config  map[string]bondPort
	options map[string]string // by NetworkManager's names
}

type bondPort struct {
	priority *int64
	queue    *uint64
}

// Options with values of a few kinds. All have the names of the kernel, except balance_slb.
var (
	bondNumbers = []struct {
		name string
		bits int
	}{
		{"ad_actor_sys_prio", 16}, {"ad_user_port_key", 16}, {"arp_interval", 32}, {"downdelay", 32},
		{"lp_interval", 32}, {"miimon", 32}, {"min_links", 32}, {"num_grat_arp", 8}, {"num_unsol_na", 8},
		{"packets_per_slave", 32}, {"resend_igmp", 32}, {"updelay", 32}, {"arp_missed_max", 8},
	}
	bondFlags = []string{"tlb_dynamic_lb", "use_carrier", "lacp_active"}
	bondWords = []struct {
		name  string
		words []string
	}{
		{"ad_select", []string{"stable|0", "bandwidth|1", "count|2"}},
		{"all_slaves_active", []string{"0|dropped", "1|delivered"}},
		{"arp_all_targets", []string{"any|0", "all|1"}},
		{"arp_validate", []string{"none|0", "active|1", "backup|2", "all|3", "filter|4", "filter_active|5", "filter_backup|6"}},
		{"fail_over_mac", []string{"none|0", "active|1", "follow|2"}},
		{"lacp_rate", []string{"slow|0", "fast|1"}},
		{"primary_reselect", []string{"always|0", "better|1", "failure|2"}},
		{"xmit_hash_policy", []string{"layer2|0", "layer3+4|1", "layer2+3|2", "encap2+3|3", "encap3+4|4", "vlan+srcmac|5"}},
	}
)

func parseBond(o *object) *bond {
	b := &bond{config: map[string]bondPort{}, options: map[string]string{}}
	if o == nil {
		return b
	}
	b.mode = o.enum("mode", "balance-rr|0", "active-backup|1", "balance-xor|2", "broadcast|3",
		"802.3ad|lacp|4", "balance-tlb|5", "balance-alb|6")
	ports, listed := o.texts("port", "ports")
	b.ports = ports
	configs, configured := o.objects("ports-config")
	b.parsePorts(o, configs)
	b.listed = listed || configured
	if configured && listed {
		b.comparePorts(o, ports)
	}
	for _, name := range b.ports {
		if err := checkName(name); err != nil {
			o.fail(o.value, "port: %w", err)
		}
	}
	if options := o.sub("options"); options != nil {
		b.parseOptions(options)
		options.end()
	}
	o.end()
	return b
}

func (b *bond) parsePorts(o *object, configs []*object) {
	queues := map[uint64]string{}
	for _, c := range configs {
		c.require("name")
		name := c.text("name")
		if _, ok := b.config[name]; ok {
			c.fail(c.value, "port %s is there twice", name)
		}
		port := bondPort{priority: c.int32("priority"), queue: c.uint("queue-id", 16)}
		if port.queue != nil && *port.queue != 0 {
			if other, ok := queues[*port.queue]; ok {
				c.fail(c.value, "ports %s and %s share a queue-id, which is %w by Linux", other, name, ErrNotSupported)
			}
			queues[*port.queue] = name
		}
		c.end()
		b.config[name] = port
	}
	if b.ports == nil {
		for _, c := range configs {
			if n := slices.Index(c.value.keys, "name"); n >= 0 {
				b.ports = append(b.ports, c.value.items[n].text)
			}
		}
	}
}

// comparePorts wants both lists to have the same names.
func (b *bond) comparePorts(o *object, ports []string) {
	same := len(ports) == len(b.config)
	for _, name := range ports {
		_, ok := b.config[name]
		same = same && ok
	}
	if !same {
		o.fail(o.value, "port and ports-config have different ports")
	}
}

func (b *bond) parseOptions(o *object) {
	for _, n := range bondNumbers {
		if v := o.uint(n.name, n.bits); v != nil {
			b.options[n.name] = fmt.Sprint(*v)
		}
	}
	// Versions of NetworkManager before 1.42 do not know this one, and 2 is the default.
	if b.options["arp_missed_max"] == "2" {
		delete(b.options, "arp_missed_max")
	}
	flags := newSection("")
	for _, name := range bondFlags {
		flags.setFlag(name, o.bool(name))
	}
	if o.has("balance-slb") {
		flags.setFlag("balance-slb", o.bool("balance-slb"))
	} else {
		flags.setFlag("balance-slb", o.bool("balance_slb"))
	}
	for name, value := range flags.values {
		b.options[name] = value
	}
	for _, w := range bondWords {
		if word := o.enum(w.name, w.words...); word != "" {
			b.options[w.name] = word
		}
	}
	for _, name := range []string{"arp_ip_target", "primary"} {
		b.options[name] = o.text(name)
	}
	b.options["ad_actor_system"] = o.text("ad_actor_system")
	b.parseTargets(o)
}

func (b *bond) parseTargets(o *object) {
	targets, _ := o.texts("ns_ip6_target")
	var list []string
	for _, t := range targets {
		a, err := parseAddr(t)
		if err != nil || !a.Is6() {
			o.fail(o.value, "ns_ip6_target: invalid IPv6 address %q", t)
			continue
		}
		list = append(list, a.String())
	}
	b.options["ns_ip6_target"] = strings.Join(list, ",")
}

// check has the rules of the kernel about modes and options.
func (b *bond) check() error {
	if b.mode == "" {
		return errors.New("bond mode is mandatory")
	}
	o := b.options
	arp := o["arp_interval"] != "" && o["arp_interval"] != "0"
	mii := o["miimon"] != "" && o["miimon"] != "0"
	switch {
	case arp && mii:
		return errors.New("bond miimon and arp interval are not compatible options")
	case b.mode != "802.3ad" && o["lacp_rate"] != "":
		return errors.New("the `lacp_rate` option is only valid for bond in '802.3ad' mode")
	case b.mode != "802.3ad" && o["lacp_active"] != "":
		return errors.New("the `lacp_active` option is only valid for bond in '802.3ad' mode")
	case arp && slices.Contains([]string{"802.3ad", "balance-tlb", "balance-alb"}, b.mode):
		return fmt.Errorf("the `arp_interval` option is invalid for bond in %s mode", b.mode)
	case o["arp_interval"] == "0" && (o["arp_ip_target"] != "" || o["ns_ip6_target"] != ""):
		return errors.New("the options `arp_ip_target` and `ns_ip6_target` are only valid when 'arp_interval' is enabled(>0)")
	case o["balance-slb"] == "1" && (b.mode != "balance-xor" || o["xmit_hash_policy"] != "vlan+srcmac"):
		return errors.New("to enable balance-slb, bond mode should be balance-xor and xmit_hash_policy: 'vlan+srcmac'")
	}
	return nil
}

func (b *bond) section() *section {
	if b == nil {
		return nil
	}
	s := newSection("bond")
	s.set("mode", b.mode)
	for name, value := range b.options {
		s.set(name, value)
	}
	return s
}

// portSection is left out if it would only have defaults: versions of NetworkManager before
// 1.34 do not know it.
func (b *bond) portSection(name string) *section {
	if b == nil {
		return nil
	}
	p := b.config[name]
	if (p.priority == nil || *p.priority == 0) && (p.queue == nil || *p.queue == 0) {
		return nil
	}
	s := newSection("bond-port")
	s.setInt("prio", p.priority)
	s.setUint("queue-id", p.queue)
	return s
}
