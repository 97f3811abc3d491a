package runtime

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// ErrFolderInUse is wrapped by Start's error when another process has the data folder.
var ErrFolderInUse = errors.New("the data folder is in use")

// ErrDiskFull is wrapped by Start's error when the data folder takes no more.
var ErrDiskFull = errors.New("the disk is full")

// errLocked is what lockFile returns when another process holds the lock.
var errLocked = errors.New("locked by another process")

const (
	lockName = "perdure.lock"
	// dataDirFlag names the folder of the embedded server.
	dataDirFlag = "--data-dir"
)

// folderLock keeps a second process off a data folder: two servers on one store
// would destroy it, and nats-server does not look. The system drops the lock when the process ends, however it ends.
type folderLock struct{ file *os.File }

// lockFolder makes the folder if it is absent, finds out whether it can be written, and locks it. The flag is what
// names another.
func lockFolder(dir, flag string) (*folderLock, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, folderError(dir, flag, err)
	}
	path := filepath.Join(dir, lockName)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return nil, folderError(dir, flag, err)
	}
	if err := lockFile(file); err != nil {
		holder := readHolder(file)
		_ = file.Close()
		if errors.Is(err, errLocked) {
			return nil, fmt.Errorf("data folder %s: %w by %s: stop it, or choose another folder with %s", dir, ErrFolderInUse, holder, flag)
		}
		return nil, folderError(dir, flag, err)
	}
	lock := &folderLock{file: file}
	if err := lock.sign(); err != nil {
		return nil, errors.Join(folderError(dir, flag, err), lock.release())
	}
	return lock, nil
}

// sign writes who holds the lock, for the message that the next one gets; it
// also shows that the disk takes writes.
func (l *folderLock) sign() error {
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	if _, err := l.file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		return err
	}
	return l.file.Sync()
}

// release lets others have the folder. The file stays: removing it would race
// with another process that has just opened it.
func (l *folderLock) release() error { return l.file.Close() }

func readHolder(file *os.File) string {
	text := make([]byte, 20)
	n, _ := file.ReadAt(text, 0)
	if pid := strings.TrimSpace(string(text[:n])); pid != "" {
		return "process " + pid
	}
	return "another process"
}

func folderError(dir, flag string, err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return errDiskFull(dir, err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("data folder %s: not writable: %w: give this user the right to write it, or choose another with %s", dir, err, flag)
	}
	return fmt.Errorf("data folder %s: %w: choose another with %s", dir, err, flag)
}

func errDiskFull(dir string, err error) error {
	return fmt.Errorf("data folder %s: %w: %w: free some space and start again; nothing acknowledged is lost", dir, ErrDiskFull, err)
}
