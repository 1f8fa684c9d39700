package storage_test

import (
	"testing"

	"hetu/storage"
)

// What a picture says of its size is read as it is, also where a number goes on
// in the next byte.
func TestDimensions(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{1, 1}, {255, 256}, {512, 1024}, {768, 65_536}} {
		w, h, err := storage.Dimensions(webp(size[0], size[1]))
		if err != nil || w != size[0] || h != size[1] {
			t.Errorf("a canvas of %v = %d, %d, %v", size, w, h, err)
		}
	}
	for name, picture := range map[string][]byte{"lossy": lossyWebp(512, 1024), "lossless": losslessWebp(512, 1024), "png": pngSaying(t, 512, 1024)} {
		if w, h, err := storage.Dimensions(picture); err != nil || w != 512 || h != 1024 {
			t.Errorf("%s = %d, %d, %v", name, w, h, err)
		}
	}
}
