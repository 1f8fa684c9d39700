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

// Scan reads a uuid[].
func (v *IDs) Scan(src any) error { return scanArray((*[]uuid.UUID)(v), src) }

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
