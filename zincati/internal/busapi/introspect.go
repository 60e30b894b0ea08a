package busapi

import "strings"

const doctype = `<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">
`

// introspect describes an object and those below it, which are few.
func introspect(o *object) string {
	var b strings.Builder
	b.WriteString(doctype)
	writeNode(&b, o, "", "")
	return b.String()
}

// writeNode writes an element for the object. Nothing in it needs to be escaped: all names are our own.
func writeNode(b *strings.Builder, o *object, name, indent string) {
	b.WriteString(indent + "<node" + attribute("name", name) + ">\n")
	for _, i := range o.interfaces {
		writeInterface(b, i, indent+"  ")
	}
	if o.child != nil {
		writeNode(b, o.child, o.child.name, indent+"  ")
	}
	b.WriteString(indent + "</node>\n")
}

func writeInterface(b *strings.Builder, i iface, indent string) {
	b.WriteString(indent + "<interface" + attribute("name", i.name) + ">\n")
	for _, m := range i.methods {
		b.WriteString(indent + "  <method" + attribute("name", m.name) + ">\n")
		writeArgs(b, m.in, "in", indent+"    ")
		writeArgs(b, m.out, "out", indent+"    ")
		b.WriteString(indent + "  </method>\n")
	}
	for _, s := range i.signals {
		b.WriteString(indent + "  <signal" + attribute("name", s.name) + ">\n")
		writeArgs(b, s.args, "", indent+"    ")
		b.WriteString(indent + "  </signal>\n")
	}
	b.WriteString(indent + "</interface>\n")
}

func writeArgs(b *strings.Builder, args []arg, direction, indent string) {
	for _, a := range args {
		b.WriteString(indent + "<arg" + attribute("name", a.name) + attribute("type", a.signature) +
			attribute("direction", direction) + "/>\n")
	}
}

// attribute leaves out what is empty.
func attribute(name, value string) string {
	if value == "" {
		return ""
	}
	return " " + name + `="` + value + `"`
}
