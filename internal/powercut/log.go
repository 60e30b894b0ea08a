package powercut

// Event is one thing that happened to a disk: a write, or a flush when Data is nil.
type Event struct {
	// Disk is the index of the image in the call of [Record].
	Disk int
	// Offset is where Data was written, in bytes.
	Offset int64
	// Data is what was written; nil means that everything written before is durable.
	Data []byte
}

// Flush tells whether the event is a flush.
func (e Event) Flush() bool { return e.Data == nil }

// piece is the size up to which a disk writes all or nothing.
const piece = 4096

// split cuts a write where a power cut can cut it.
func split(e Event) []Event {
	var parts []Event
	for len(e.Data) > 0 {
		n := min(int64(len(e.Data)), piece-e.Offset%piece)
		parts = append(parts, Event{e.Disk, e.Offset, e.Data[:n]})
		e.Offset += n
		e.Data = e.Data[n:]
	}
	return parts
}
