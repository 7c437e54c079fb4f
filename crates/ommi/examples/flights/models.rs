//! The five models, and how each is read from a line of its file.

use ommi::{Every, Model, The, prelude::*};

use crate::csv_files::{FileResult, Line};

#[derive(Model, Debug, Clone)]
pub(crate) struct Airline {
    #[model(key)]
    pub(crate) carrier: String,
    pub(crate) name: String,
    #[model(related)]
    pub(crate) flights: Every<Flight>,
}

#[derive(Model, Debug, Clone)]
pub(crate) struct Airport {
    #[model(key)]
    pub(crate) faa: String,
    pub(crate) name: Option<String>,
    pub(crate) lat: Option<f64>,
    pub(crate) lon: Option<f64>,
    pub(crate) alt: Option<i32>,
    pub(crate) tzone: Option<String>,
}

#[derive(Model, Debug, Clone)]
pub(crate) struct Plane {
    #[model(key)]
    pub(crate) tailnum: String,
    pub(crate) year: Option<i32>,
    pub(crate) manufacturer: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) engines: Option<i32>,
    pub(crate) seats: Option<i32>,
}

#[derive(Model, Debug, Clone)]
pub(crate) struct Weather {
    #[model(key, auto)]
    pub(crate) id: i64,
    pub(crate) origin: String,
    pub(crate) time_hour: jiff::Timestamp,
    pub(crate) temp: Option<f64>,
    pub(crate) wind_speed: Option<f64>,
    pub(crate) precip: f64,
    pub(crate) visib: f64,
}

#[derive(Model, Debug, Clone)]
pub(crate) struct Flight {
    #[model(key, auto)]
    pub(crate) id: i64,
    pub(crate) time_hour: jiff::Timestamp,
    #[model(references(Airline::carrier), index)]
    pub(crate) carrier: String,
    pub(crate) flight: i32,
    #[model(references(Plane::tailnum), index)]
    pub(crate) tailnum: Option<String>,
    pub(crate) origin: String,
    #[model(references(Airport::faa), index)]
    pub(crate) dest: String,
    pub(crate) dep_time: Option<i32>,
    #[model(index)]
    pub(crate) dep_delay: Option<i32>,
    pub(crate) arr_delay: Option<i32>,
    pub(crate) air_time: Option<i32>,
    pub(crate) distance: i32,
    #[model(related)]
    pub(crate) airline: The<Airline>,
    #[model(related)]
    pub(crate) plane: The<Plane>,
    #[model(related)]
    pub(crate) destination: The<Airport>,
}

impl Airline {
    pub(crate) fn read(line: &Line) -> FileResult<Self> {
        Ok(Self { carrier: line.value("carrier")?, name: line.value("name")?, ..Self::new() })
    }
}

impl Airport {
    pub(crate) fn read(line: &Line) -> FileResult<Self> {
        Ok(Self {
            faa: line.value("faa")?,
            name: line.maybe("name")?,
            lat: line.maybe("lat")?,
            lon: line.maybe("lon")?,
            alt: line.maybe("alt")?,
            tzone: line.maybe("tzone")?,
        })
    }
}

impl Plane {
    pub(crate) fn read(line: &Line) -> FileResult<Self> {
        Ok(Self {
            tailnum: line.value("tailnum")?,
            year: line.maybe("year")?,
            manufacturer: line.maybe("manufacturer")?,
            model: line.maybe("model")?,
            engines: line.maybe("engines")?,
            seats: line.maybe("seats")?,
        })
    }
}

impl Weather {
    pub(crate) fn read(line: &Line) -> FileResult<Self> {
        Ok(Self {
            origin: line.value("origin")?,
            time_hour: line.value("time_hour")?,
            temp: line.maybe("temp")?,
            wind_speed: line.maybe("wind_speed")?,
            precip: line.value("precip")?,
            visib: line.value("visib")?,
            ..Self::new()
        })
    }
}

impl Flight {
    pub(crate) fn read(line: &Line) -> FileResult<Self> {
        Ok(Self {
            time_hour: line.value("time_hour")?,
            carrier: line.value("carrier")?,
            flight: line.value("flight")?,
            tailnum: line.maybe("tailnum")?,
            origin: line.value("origin")?,
            dest: line.value("dest")?,
            dep_time: line.maybe("dep_time")?,
            dep_delay: line.maybe("dep_delay")?,
            arr_delay: line.maybe("arr_delay")?,
            air_time: line.maybe("air_time")?,
            distance: line.value("distance")?,
            ..Self::new()
        })
    }
}
