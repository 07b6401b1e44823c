//! Only files within the folder are found.

use super::*;

#[test]
fn only_files_within_the_folder_are_found() {
    let root = std::env::temp_dir().join(format!("switchhook-folder-{}", std::process::id()));
    let folder = root.join("media");
    fs::create_dir_all(folder.join("greetings")).unwrap();
    fs::write(folder.join("greetings/closed.wav"), b"sound").unwrap();
    fs::write(root.join("secret"), b"secret").unwrap();
    std::os::unix::fs::symlink(root.join("secret"), folder.join("out")).unwrap();
    std::os::unix::fs::symlink("greetings/closed.wav", folder.join("in")).unwrap();
    std::os::unix::fs::symlink(&root, folder.join("up")).unwrap();
    let find = |path: &str| find(Some(&folder), path);
    for path in ["greetings/closed.wav", "./greetings/closed.wav", "in"] {
        let found = find(path).unwrap();
        assert_eq!(read(&found, 5).unwrap(), b"sound", "{path}");
        assert!(read(&found, 4).unwrap_err().contains("larger than 4"));
        assert_eq!(check(Some(&folder), path), Ok(()));
    }
    let long = "x".repeat(513);
    for (path, words) in [
        ("out", "leads out"),
        ("up/secret", "leads out"),
        ("../secret", "leads out"),
        ("greetings/../../secret", "leads out"),
        ("/etc/passwd", "leads out"),
        ("greetings", "no file"),
        ("", "1 to 512"),
        (&long, "1 to 512"),
        ("a\0b", "1 to 512"),
        ("nothing", "nothing: No such file"),
    ] {
        let error = find(path).unwrap_err();
        assert!(error.contains(words), "{path}: {error}");
    }
    fs::remove_dir_all(root).unwrap();
    assert!(find("in").unwrap_err().contains("the media folder"));
}
