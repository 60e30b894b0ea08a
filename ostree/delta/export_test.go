package delta

// SetMemory changes how much data stays in memory.
func (p *PartWriter) SetMemory(bytes int) { p.blob.limit = bytes }
