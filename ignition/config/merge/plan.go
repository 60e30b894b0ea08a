package merge

import (
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// kind is how a field is merged.
type kind int

const (
	scalar         kind = iota // string or int
	optional                   // pointer to a scalar
	optionalObject             // pointer to a struct; only LUKS in spec 3.2 has these
	object                     // struct
	sequence                   // list whose order and repetitions matter
	set                        // list whose entries have keys
)

// sequences are the lists, by struct and field, that are not sets.
var sequences = map[string]bool{
	"FileEmbedded1.Append":    true,
	"Filesystem.MountOptions": true,
	"Filesystem.Options":      true,
	"Luks.Options":            true,
	"Raid.Options":            true,
}

// shared are the structs of which all sets are one, with the lists concerned.
var shared = map[string][]string{
	"KernelArguments": {"ShouldExist", "ShouldNotExist"},
	"Storage":         {"Directories", "Files", "Links"},
}

// keyFields are the fields by which entries of sets are known. Partitions have a
// key made of two fields.
var keyFields = map[string]string{
	"CaReference":     "Source",
	"ConfigReference": "Source",
	"Directory":       "Path",
	"Disk":            "Device",
	"Dropin":          "Name",
	"File":            "Path",
	"Filesystem":      "Device",
	"HTTPHeader":      "Name",
	"Link":            "Path",
	"Luks":            "Name",
	"PasswdGroup":     "Name",
	"PasswdUser":      "Name",
	"Raid":            "Name",
	"Resource":        "Source",
	"Tang":            "URL",
	"Unit":            "Name",
}

// plan is how a struct is merged; it depends on the type only.
type plan struct {
	fields []field
	lists  bool // there are lists somewhere in it
}

type field struct {
	kind     kind
	name     string // in JSON; empty if embedded
	embedded bool
	plan     *plan // of the struct that it is, points to or is a list of
	set      int   // fields of one struct with the same number form one set
	key      func(item reflect.Value) string
	header   bool // entries without a value remove the parent's
}

// plans holds what planOf found, by type.
var plans sync.Map

func planOf(t reflect.Type) *plan {
	if known, ok := plans.Load(t); ok {
		return known.(*plan)
	}
	pl := &plan{fields: make([]field, t.NumField())}
	for i := range pl.fields {
		pl.fields[i] = newField(t, i)
		f := &pl.fields[i]
		if f.kind == sequence || f.kind == set || f.plan != nil && f.plan.lists {
			pl.lists = true
		}
	}
	known, _ := plans.LoadOrStore(t, pl)
	return known.(*plan)
}

func newField(owner reflect.Type, i int) field {
	sf := owner.Field(i)
	name, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
	f := field{name: name, embedded: sf.Anonymous, set: i}
	t := sf.Type
	switch t.Kind() {
	case reflect.Struct:
		f.kind, f.plan = object, planOf(t)
	case reflect.Pointer:
		f.kind = optional
		if t.Elem().Kind() == reflect.Struct {
			f.kind, f.plan = optionalObject, planOf(t.Elem())
		}
	case reflect.Slice:
		f.list(owner, sf)
	default:
		f.kind = scalar
	}
	return f
}

func (f *field) list(owner reflect.Type, sf reflect.StructField) {
	item := sf.Type.Elem()
	if item.Kind() == reflect.Struct {
		f.plan = planOf(item)
	}
	if sequences[owner.Name()+"."+sf.Name] {
		f.kind = sequence
		return
	}
	f.kind = set
	f.key = keyOf(item)
	f.header = item.Name() == "HTTPHeader"
	for _, name := range shared[owner.Name()] {
		if name == sf.Name {
			first, _ := owner.FieldByName(shared[owner.Name()][0])
			f.set = first.Index[0]
		}
	}
}

// keyOf makes the function that gives the key of an item.
func keyOf(t reflect.Type) func(reflect.Value) string {
	if t.Kind() == reflect.String {
		return reflect.Value.String
	}
	if t.Name() == "Partition" {
		return partitionKey(t)
	}
	sf, ok := t.FieldByName(keyFields[t.Name()])
	if !ok {
		panic("no key for entries of type " + t.String())
	}
	if sf.Type.Kind() == reflect.Pointer {
		return func(item reflect.Value) string { return text(item.FieldByIndex(sf.Index)) }
	}
	return func(item reflect.Value) string { return item.FieldByIndex(sf.Index).String() }
}

// partitionKey never gives the same for a number and a label: entries that name
// one partition in two ways are not recognised as the same.
func partitionKey(t reflect.Type) func(reflect.Value) string {
	number, _ := t.FieldByName("Number")
	label, _ := t.FieldByName("Label")
	return func(item reflect.Value) string {
		if n := item.FieldByIndex(number.Index).Int(); n != 0 {
			return "number:" + strconv.FormatInt(n, 10)
		}
		if l := item.FieldByIndex(label.Index); !l.IsNil() {
			return "label:" + text(l)
		}
		return ""
	}
}

// text is the string that a pointer points to, "" for nil.
func text(pointer reflect.Value) string {
	if pointer.IsNil() {
		return ""
	}
	return pointer.Elem().String()
}

// removes reports whether an entry of a child stands for the absence of it.
func (f *field) removes(child reflect.Value) bool {
	return f.header && child.FieldByName("Value").IsNil()
}

// own replaces all lists in the field's value by copies.
func (f *field) own(v reflect.Value) {
	switch {
	case f.kind == sequence || f.kind == set:
		f.ownList(v)
	case f.kind == object && f.plan.lists:
		f.plan.own(v)
	case f.kind == optionalObject && !v.IsNil():
		copied := reflect.New(v.Type().Elem())
		copied.Elem().Set(v.Elem())
		f.plan.own(copied.Elem())
		v.Set(copied)
	}
}

func (f *field) ownList(v reflect.Value) {
	n := v.Len()
	if n == 0 {
		return
	}
	copied := reflect.MakeSlice(v.Type(), n, n)
	reflect.Copy(copied, v)
	if f.plan != nil && f.plan.lists {
		for i := range n {
			f.plan.own(copied.Index(i))
		}
	}
	v.Set(copied)
}

func (pl *plan) own(v reflect.Value) {
	if !pl.lists {
		return
	}
	for i := range pl.fields {
		pl.fields[i].own(v.Field(i))
	}
}
