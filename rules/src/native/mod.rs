//! Rules the check language cannot say: one file each.
