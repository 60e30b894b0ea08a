package xz

// source hands the matches of the match finder to the parser in batches. With
// a goroutine the match finder works ahead of the parser; the matches, and so
// the compressed data, are the same.
type source struct {
	mf   *matchFinder
	cur  *batch
	i    int // position in cur
	end  int // position in the window up to which can be searched now
	full chan *batch
	free chan *batch
	stop chan struct{}
	done chan struct{}

	recorded []*batch // all the matches of a small input, see record
}

// batchesAhead is how far the match finder runs ahead of the parser.
const batchesAhead = 16

func newSource(mf *matchFinder, concurrent bool) *source {
	s := &source{mf: mf, cur: new(batch)}
	if concurrent {
		s.full = make(chan *batch, batchesAhead)
		s.free = make(chan *batch, batchesAhead+1)
		for range batchesAhead {
			s.free <- new(batch)
		}
	}
	return s
}

// start allows positions below end to be searched.
func (s *source) start(end int) {
	s.end = end
	if s.full == nil || end <= s.mf.pos {
		return
	}
	s.stop, s.done = make(chan struct{}), make(chan struct{})
	go s.run(s.stop, s.done)
}

// pause ends the work begun by start. After it the window may be changed.
func (s *source) pause() {
	if s.stop != nil {
		close(s.stop)
		<-s.done
		s.stop = nil
	}
}

func (s *source) run(stop, done chan struct{}) {
	defer close(done)
	for s.mf.pos < s.end {
		select {
		case <-stop:
			return
		case b := <-s.free:
			s.mf.fill(b, s.end)
			s.full <- b
		}
	}
}

// record searches all positions up to end, so that they can be handed out
// several times; rewind begins a round.
func (s *source) record(end int) {
	for s.mf.pos < end {
		b := new(batch)
		s.mf.fill(b, end)
		s.recorded = append(s.recorded, b)
	}
}

func (s *source) rewind(round []*batch) {
	s.recorded, s.cur, s.i = round, new(batch), 0
}

func (s *source) refill() {
	s.i = 0
	if len(s.recorded) > 0 {
		s.cur, s.recorded = s.recorded[0], s.recorded[1:]
		return
	}
	if s.full == nil {
		s.mf.fill(s.cur, s.end)
		return
	}
	if s.cur != nil {
		s.free <- s.cur
	}
	s.cur = <-s.full
}

// next returns the matches of the next position; they are valid until the
// call after.
func (s *source) next() []match {
	if s.i == s.cur.n {
		s.refill()
	}
	b := s.cur
	start := uint32(0)
	if s.i > 0 {
		start = b.ends[s.i-1]
	}
	s.i++
	return b.data[start:b.ends[s.i-1]]
}

// skip passes over n positions.
func (s *source) skip(n int) {
	for n > 0 {
		if s.i == s.cur.n {
			s.refill()
		}
		k := min(n, s.cur.n-s.i)
		s.i += k
		n -= k
	}
}

// reset forgets what was found.
func (s *source) reset() {
	s.pause()
	s.i, s.cur.n = 0, 0
	for len(s.full) > 0 {
		s.free <- <-s.full
	}
}
