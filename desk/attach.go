package desk

import (
	"context"
	"io"
	"slices"

	"jishi/base/blob"
	"jishi/people/actor"
	"jishi/work/matter"
)

// Keep stores an attachment before the form that carries it is sent, so that a later fault loses nothing.
// Its type is told by its content; pictures are made anew without what the camera wrote into them.
func (d *Desk) Keep(ctx context.Context, name string, r blob.Source) (matter.File, error) {
	k, err := d.Blobs.Keep(ctx, name, r)
	if err != nil {
		return matter.File{}, err
	}
	return matter.File{Hash: k.Hash, Name: k.Name, Type: k.Type, Size: k.Size}, nil
}

// Attachment opens an attachment of a matter that the actor may see. Who may not open the identity gets it without what it
// says of its maker, and so does each of several citizens in one matter; what is kept, and its hash, stay.
func (d *Desk) Attachment(ctx context.Context, who actor.Actor, id, hash string) (matter.File, io.ReadSeekCloser, error) {
	m, err := d.load(ctx, who, id)
	if err != nil {
		return matter.File{}, nil, err
	}
	p, err := d.Book.ByKey(m.Version)
	if err != nil {
		return matter.File{}, nil, err
	}
	files, err := d.files(ctx, who, p, m)
	if err != nil {
		return matter.File{}, nil, err
	}
	i := slices.IndexFunc(files, func(f matter.File) bool { return f.Hash == hash })
	if i < 0 {
		return matter.File{}, nil, matter.NotFound()
	}
	r, err := d.Blobs.Open(hash)
	f := files[i]
	whole := d.readsAll(who, m)
	if who.Kind == actor.Citizen {
		whole = f.Org != "" || whole && len(m.Entries) < 2
	}
	if err != nil || whole {
		return f, r, err
	}
	defer r.Close()
	f.Name = d.bare(f.Name)
	bare, err := blob.Bare(f.Type, r)
	return f, unclosed{bare}, err
}

// unclosed is a file in memory: there is nothing to close.
type unclosed struct{ io.ReadSeeker }

func (unclosed) Close() error { return nil }
