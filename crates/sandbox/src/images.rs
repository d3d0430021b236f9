//! Images: stored files that sandboxes begin with.
//!
//! ```text
//! <root>/layers/<number>/    what one sandbox had of its own when it was captured; never changed
//!        images/<name>       which layers an image is made of, the topmost first
//!        bases/<id>          the layers below the files of a sandbox made from an image
//!        trash/…             drafts: whatever is cut short is swept from here
//! ```
//!
//! A layer is there before an image names it and goes when nobody names it any more. So an image may be removed while
//! sandboxes made from it live on, archived ones too, and whatever is cut short leaves a layer nobody names at most: the
//! next sweep takes it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with, syncfs};

use crate::archives::{Draft, identity, remove_file};
use crate::layout::is_valid_id;
use crate::root::{Root, make_directory, names};
use crate::{Directories, StartError, StorageError, tree, volumes};

const LAYERS: &str = "layers";
const IMAGES: &str = "images";
const BASES: &str = "bases";

/// More cannot be named to an overlay at once: the kernel takes a page of options.
const MOST_LAYERS: usize = 64;

/// What becomes of an image's files in a sandbox made from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum Making {
    /// They are copied.
    Copy,
    /// They stay where they are, below the sandbox's own.
    Stack,
}

impl Root {
    /// Where layers are, as named from any tree's directory.
    pub(crate) fn layer_from_tree(layer: &str) -> PathBuf {
        Path::new("../..").join(LAYERS).join(layer)
    }

    fn layer(&self, layer: &str) -> PathBuf {
        self.path().join(LAYERS).join(layer)
    }

    fn image(&self, image: &str) -> PathBuf {
        self.path().join(IMAGES).join(image)
    }

    fn base(&self, id: &str) -> PathBuf {
        self.path().join(BASES).join(id)
    }

    /// The layers below the files of a sandbox, the topmost first.
    pub(crate) fn layers_below(&self, id: &str) -> io::Result<Vec<String>> {
        read_list(&self.base(id))
    }

    /// The directories of those layers.
    pub(crate) fn layer_paths(&self, layers: &[String]) -> Vec<PathBuf> {
        layers.iter().map(|layer| self.layer(layer)).collect()
    }

    /// Stores a copy of a sandbox's files as an image; how many bytes it has of its own. Blocks.
    pub(crate) fn capture(&self, sandbox: &str, image: &str) -> Result<u64, StorageError> {
        let source = self.tree(sandbox);
        let missing = || StorageError::Missing(sandbox.to_owned());
        let before = identity(&source).ok_or_else(missing)?;
        if self.image(image).exists() {
            return Err(StorageError::Exists(image.to_owned()));
        }
        let draft = Draft(self.grave(image));
        tree::copy(&source, &draft.0)?;
        volumes::unlink(&source, &draft.0)?;
        let bytes = tree::size(&draft.0)?;
        // Only where somebody counts on it: it may take a while.
        if !self.is_ephemeral() {
            syncfs(File::open(&draft.0)?).map_err(io::Error::from)?;
        }
        let _shelf = self.shelf();
        if identity(&source) != Some(before) {
            return Err(missing());
        }
        let mut layers = self.layers_below(sandbox)?;
        if layers.len() >= MOST_LAYERS {
            let complaint = format!("an image cannot have more than {MOST_LAYERS} others below it");
            return Err(io::Error::other(complaint).into());
        }
        let layer = self.settle_layer(&draft.0)?;
        layers.insert(0, layer);
        let named = self.write_list(&self.path().join(IMAGES), image, &layers);
        if let Err(error) = named {
            // Nobody names it yet.
            let _ = fs::rename(self.layer(&layers[0]), &draft.0);
            return Err(error.into());
        }
        Ok(bytes)
    }

    /// Puts a finished draft among the layers, under the first number that is free.
    fn settle_layer(&self, draft: &Path) -> io::Result<String> {
        let layers = self.path().join(LAYERS);
        make_directory(&layers)?;
        let used = names(&layers).iter().filter_map(|name| name.parse::<u64>().ok()).max();
        for number in used.map_or(0, |used| used + 1).. {
            match renameat_with(CWD, draft, CWD, layers.join(number.to_string()), RenameFlags::NOREPLACE) {
                Err(rustix::io::Errno::EXIST) => {}
                settled => return settled.map(|()| number.to_string()).map_err(Into::into),
            }
        }
        Err(io::ErrorKind::StorageFull.into())
    }

    /// Forgets an image; layers nobody names any more are what is still to be deleted. One that is not there is removed
    /// already. Blocks.
    pub(crate) fn remove_image(&self, image: &str) -> io::Result<Vec<PathBuf>> {
        let _shelf = self.shelf();
        let layers = read_list(&self.image(image))?;
        remove_file(&self.image(image))?;
        self.release(&layers)
    }

    /// Makes the tree of a new sandbox from an image. Blocks.
    pub(crate) fn make_from(&self, id: &str, image: &str, making: Making) -> Result<(), StartError> {
        let failed = StartError::Directories;
        match making {
            Making::Copy => self.copy_image(id, image),
            Making::Stack => {
                let _shelf = self.shelf();
                if self.is_taken(id) {
                    return Err(StartError::Exists(id.to_owned()));
                }
                let layers = self.layers_of(image)?;
                self.write_list(&self.path().join(BASES), id, &layers).map_err(failed)?;
                let directories = Directories::below(self.tree(id));
                directories.make().map_err(failed)?;
                take_modes(&directories, &self.layer_paths(&layers)).map_err(failed)
            }
        }
    }

    fn copy_image(&self, id: &str, image: &str) -> Result<(), StartError> {
        if self.is_taken(id) {
            return Err(StartError::Exists(id.to_owned()));
        }
        let layers = self.layers_of(image)?;
        let [layer] = layers.as_slice() else {
            let complaint = format!("the image {image} lies on others, which takes the rung `namespace`");
            return Err(StartError::Directories(io::Error::other(complaint)));
        };
        let draft = Draft(self.grave(id));
        tree::copy(&self.layer(layer), &draft.0).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StartError::NoImage(image.to_owned()),
            _ => StartError::Directories(error),
        })?;
        match renameat_with(CWD, &draft.0, CWD, self.tree(id), RenameFlags::NOREPLACE) {
            Ok(()) => Ok(()),
            Err(rustix::io::Errno::EXIST) => Err(StartError::Exists(id.to_owned())),
            Err(error) => Err(StartError::Directories(error.into())),
        }
    }

    fn is_taken(&self, id: &str) -> bool {
        fs::symlink_metadata(self.tree(id)).is_ok() || self.archive_of(id).exists()
    }

    fn layers_of(&self, image: &str) -> Result<Vec<String>, StartError> {
        let layers = read_list(&self.image(image)).map_err(StartError::Directories)?;
        let is_whole = !layers.is_empty() && self.layer_paths(&layers).iter().all(|layer| layer.is_dir());
        if is_whole { Ok(layers) } else { Err(StartError::NoImage(image.to_owned())) }
    }

    /// Puts a copy of a sandbox's tree in its place, above the same layers. `settle` does the first.
    pub(crate) fn settle_above(
        &self,
        from: &str,
        id: &str,
        settle: impl FnOnce() -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let _shelf = self.shelf();
        let layers = self.layers_below(from)?;
        if self.layer_paths(&layers).iter().any(|layer| !layer.is_dir()) {
            // Removed meanwhile, and the image as well.
            return Err(StorageError::Missing(from.to_owned()));
        }
        if layers.is_empty() {
            return settle();
        }
        self.write_list(&self.path().join(BASES), id, &layers)?;
        settle().inspect_err(|_| drop(remove_file(&self.base(id))))
    }

    /// Forgets what is below a sandbox that is gone; what is still to be deleted. Blocks.
    pub(crate) fn release_base(&self, id: &str) -> io::Result<Vec<PathBuf>> {
        let base = self.base(id);
        if !base.exists() {
            return Ok(Vec::new());
        }
        let _shelf = self.shelf();
        let layers = read_list(&base)?;
        remove_file(&base)?;
        self.release(&layers)
    }

    /// Takes those of `layers` away that nobody names. The shelf is held.
    fn release(&self, layers: &[String]) -> io::Result<Vec<PathBuf>> {
        let mut unnamed: BTreeSet<&String> = layers.iter().collect();
        // Images first: they are few, and mostly name them all.
        for directory in [IMAGES, BASES] {
            let directory = self.path().join(directory);
            for name in names(&directory) {
                if unnamed.is_empty() {
                    return Ok(Vec::new());
                }
                for layer in read_list(&directory.join(name))? {
                    unnamed.remove(&layer);
                }
            }
        }
        let mut released = Vec::new();
        for layer in unnamed {
            let grave = self.grave("layer");
            match fs::rename(self.layer(layer), &grave) {
                Ok(()) => released.push(grave),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(released)
    }

    /// Forgets images and bases an earlier server left and nobody knows, and takes layers away that nobody names then.
    pub(crate) fn sweep_images(
        &self,
        images: &[String],
        bases: &[String],
        layers: &[String],
    ) -> io::Result<Vec<PathBuf>> {
        let _shelf = self.shelf();
        images.iter().try_for_each(|image| remove_file(&self.image(image)))?;
        bases.iter().try_for_each(|id| remove_file(&self.base(id)))?;
        self.release(layers)
    }

    /// Names of all images, bases and layers there are.
    pub(crate) fn stored(path: &Path) -> [Vec<String>; 3] {
        [IMAGES, BASES, LAYERS].map(|directory| names(&path.join(directory)))
    }

    /// Writes a list in one step.
    fn write_list(&self, directory: &Path, name: &str, layers: &[String]) -> io::Result<()> {
        make_directory(directory)?;
        let draft = Draft(self.grave(name));
        fs::write(&draft.0, layers.join("\n"))?;
        if !self.is_ephemeral() {
            File::open(&draft.0)?.sync_all()?;
        }
        fs::rename(&draft.0, directory.join(name))
    }
}

/// Gives a sandbox's own directories the modes of those they will lie over.
fn take_modes(own: &Directories, layers: &[PathBuf]) -> io::Result<()> {
    for directory in [&own.home, &own.temp, &own.workspace] {
        let Some(name) = directory.file_name() else { continue };
        let below = layers.iter().find_map(|layer| fs::symlink_metadata(layer.join(name)).ok());
        if let Some(below) = below.filter(fs::Metadata::is_dir) {
            fs::set_permissions(directory, below.permissions())?;
        }
    }
    Ok(())
}

/// The layers named in a file; none when there is no such file.
fn read_list(path: &Path) -> io::Result<Vec<String>> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        text => text?,
    };
    let layers: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
    match layers.iter().all(|layer| is_valid_id(layer)) {
        true => Ok(layers),
        false => Err(io::Error::new(io::ErrorKind::InvalidData, "a list of layers names something else")),
    }
}
