package tenant

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// IDs is a column or a parameter of type uuid[].
type IDs []uuid.UUID

// Scan reads a uuid[]. It knows the one form in which the database writes it,
// "{id,id}", because lists read a path with every row; whatever else there may
// be is left to lib/pq.
func (v *IDs) Scan(src any) error {
	if b, ok := src.([]byte); ok && v.read(b) {
		return nil
	}
	return scanArray((*[]uuid.UUID)(v), src)
}

// read reads ids as the database writes them, and reports whether it could.
func (v *IDs) read(b []byte) bool {
	const width = 36 // of an id; one more for what follows it
	if len(b) < 2 || b[0] != '{' || b[len(b)-1] != '}' || (len(b)-1)%(width+1) != 0 {
		return false
	}
	ids := make([]uuid.UUID, 0, (len(b)-1)/(width+1))
	for at := 1; at < len(b); at += width + 1 {
		id, err := uuid.ParseBytes(b[at : at+width])
		if end := b[at+width]; err != nil || end != ',' && at+width+1 != len(b) {
			return false
		}
		ids = append(ids, id)
	}
	*v = ids
	return true
}

// Value writes a uuid[]; nil is an empty array.
func (v IDs) Value() (driver.Value, error) { return array([]uuid.UUID(v)) }

// Texts is a column or a parameter of type text[].
type Texts []string

// Scan reads a text[].
func (v *Texts) Scan(src any) error { return scanArray((*[]string)(v), src) }

// Value writes a text[]; nil is an empty array.
func (v Texts) Value() (driver.Value, error) { return array([]string(v)) }

func scanArray(into, src any) error {
	s, ok := pq.Array(into).(sql.Scanner)
	if !ok {
		return fmt.Errorf("tenant: %T is not an array", into)
	}
	return s.Scan(src)
}

func array[T any](v []T) (driver.Value, error) {
	if v == nil {
		v = []T{}
	}
	s, ok := pq.Array(v).(driver.Valuer)
	if !ok {
		return nil, fmt.Errorf("tenant: %T is not an array", v)
	}
	return s.Value()
}

// A Doc is a column of type json or jsonb that holds a T. In JSON it is the T.
type Doc[T any] struct{ V T }

// Scan reads json or jsonb; null leaves V as it is.
func (d *Doc[T]) Scan(src any) error {
	switch src := src.(type) {
	case nil:
		return nil
	case []byte:
		return json.Unmarshal(src, &d.V)
	case string:
		return json.Unmarshal([]byte(src), &d.V)
	}
	return fmt.Errorf("tenant: %T is not JSON", src)
}

// A Rows is a column of type json or jsonb that holds an array; null is an
// empty one.
type Rows[T any] []T

// Scan reads json or jsonb.
func (r *Rows[T]) Scan(src any) error {
	var d Doc[[]T]
	err := d.Scan(src)
	if *r = d.V; d.V == nil {
		*r = []T{}
	}
	return err
}

// Value writes the document as text, which is the form that binary parameters
// need.
func (d Doc[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(d.V)
	return string(b), err
}

// MarshalJSON writes the T.
func (d Doc[T]) MarshalJSON() ([]byte, error) { return json.Marshal(d.V) }

// UnmarshalJSON reads the T.
func (d *Doc[T]) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &d.V) }
