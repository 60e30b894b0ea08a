package nmstate

import (
	"fmt"
	"slices"
	"strings"
)

// state is what a document asks for, in the order of the document.
type state struct {
	interfaces []*iface
	byName     map[string]*iface
	routes     []route
	dns        dns
}

func parse(text []byte) (*state, error) {
	s := &state{byName: map[string]*iface{}}
	v, err := load(text)
	if v == nil || err != nil {
		return s, err
	}
	if v.kind != mapKind {
		return nil, fmt.Errorf("invalid type: %s, expected a network state", v.kind)
	}
	o := newObject("", v, &err)
	o.ignore("description")
	if h := o.sub("hostname"); h != nil {
		h.ignore("running")
		h.unsupported("config")
		h.end()
	}
	o.unsupported("route-rules", "ovs-db", "ovn")
	s.parseDNS(o.sub("dns-resolver"))
	s.parseRoutes(o.sub("routes"))
	list, _ := o.objects("interfaces")
	for _, i := range list {
		s.addInterface(i)
	}
	o.end()
	return s, err
}

func (s *state) addInterface(o *object) {
	i := parseInterface(o)
	if s.byName[i.name] != nil {
		o.fail(o.value, "interface %s is there twice", i.name)
	}
	s.byName[i.name] = i
	s.interfaces = append(s.interfaces, i)
}

// resolve makes the references between the parts of a state: ports, parents, routes, servers.
func (s *state) resolve() error {
	for _, i := range slices.Clone(s.interfaces) {
		if err := s.attachPorts(i); err != nil {
			return err
		}
	}
	for _, i := range s.interfaces {
		if err := s.attachToController(i); err != nil {
			return err
		}
	}
	if err := s.checkLoops(); err != nil {
		return err
	}
	for _, i := range s.interfaces {
		if err := i.check(); err != nil {
			return fmt.Errorf("interface %s: %w", i.name, err)
		}
		if err := s.checkParent(i); err != nil {
			return err
		}
	}
	if err := s.placeRoutes(); err != nil {
		return err
	}
	return s.placeDNS()
}

// attachPorts tells the ports of a controller who it is, and adds those that have no entry. An
// ignored controller has no ports, but those that it names are there.
func (s *state) attachPorts(controller *iface) error {
	if controller.state == "absent" {
		return nil
	}
	seen := map[string]bool{}
	for _, name := range controller.ports() {
		if seen[name] {
			return fmt.Errorf("controller %s has the port %s twice", controller.name, name)
		}
		seen[name] = true
		port := s.byName[name]
		if port == nil {
			port = newInterface(name, "ethernet")
			s.byName[name] = port
			s.interfaces = append(s.interfaces, port)
		}
		switch {
		case port.state == "ignore":
			controller.ignorePort(name)
		case !port.present() || !controller.present():
		case port.master != nil:
			return fmt.Errorf("port %s is overbooked by two controllers: %s, %s", name, port.master.name, controller.name)
		case port.controller != nil && *port.controller != controller.name:
			return fmt.Errorf("interface %s has the controller %q but is a port of %s", name, *port.controller, controller.name)
		default:
			port.master = controller
		}
	}
	return nil
}

// attachToController handles ports that name their controller, which then may not have a
// list of ports without them.
func (s *state) attachToController(port *iface) error {
	if port.controller == nil || *port.controller == "" || port.master != nil || !port.present() {
		return nil
	}
	controller := s.byName[*port.controller]
	switch {
	case controller == nil || !controller.present():
		return fmt.Errorf("interface %s desired controller %s not found", port.name, *port.controller)
	case controller.kind != "bond" && controller.kind != "linux-bridge":
		return fmt.Errorf("interface %s: a controller of type %s is %w", port.name, controller.kind, ErrNotSupported)
	case controller.hasPortList():
		return fmt.Errorf("interface %s has controller %s but not listed in port list of controller interface", port.name, controller.name)
	}
	port.master = controller
	return nil
}

// checkLoops follows the controllers of each interface as far as nobody has followed them.
func (s *state) checkLoops() error {
	seenFrom := make(map[*iface]*iface, len(s.interfaces))
	for _, start := range s.interfaces {
		i := start
		for ; i != nil && seenFrom[i] == nil; i = i.master {
			seenFrom[i] = start
		}
		if i != nil && seenFrom[i] == start {
			return fmt.Errorf("interface %s is its own port", i.name)
		}
	}
	return nil
}

// checkParent refuses parents that are taken away, except Ethernet interfaces, which cannot be,
// and refers to a parent by its UUID if its name is not that of the interface.
func (s *state) checkParent(i *iface) error {
	if i.vlan == nil {
		return nil
	}
	parent := s.byName[i.vlan.base]
	if parent == nil {
		return nil
	}
	if i.state == "up" && parent.state == "absent" && parent.kind != "ethernet" {
		return fmt.Errorf("interface %s cannot be in up state as its parent %s has been marked as absent", i.name, parent.name)
	}
	if parent.byMAC && parent.state != "ignore" {
		i.vlan.base = parent.uuid()
	}
	return nil
}

func quoteAll(list []string) string { return `"` + strings.Join(list, `", "`) + `"` }
